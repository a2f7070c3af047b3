from zeropad import zero_pad


def test_zero_pad():
    assert zero_pad(0, 2) == "00"
    assert zero_pad(9, 1) == "9"
    assert zero_pad(-12, 6) == "-00012"
    assert zero_pad(100, 2) == "100"
    assert zero_pad(-100, 3) == "-100"
