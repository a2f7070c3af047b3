from zeropad import zero_pad


def test_zeros_in_front():
    assert zero_pad(7, 3) == "007"
    assert zero_pad(42, 5) == "00042"


def test_wide_enough():
    assert zero_pad(123, 3) == "123"
    assert zero_pad(12345, 3) == "12345"


def test_sign_stays_in_front():
    assert zero_pad(-5, 4) == "-005"
