from zones import fare


def test_far():
    assert fare("c") == 4.9
