from overtime import pay


def test_pay():
    assert pay(40, 10) == 407.0
    assert pay(38, 10) == 380.0
    assert pay(39, 20) == 787.0
