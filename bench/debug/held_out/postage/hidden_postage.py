from postage import postage


def test_heavy():
    assert postage(6) == 13.49
    assert postage(5) == 4.99
