from rounding import round_to


def test_nearest_multiple():
    assert round_to(12, 5) == 10
    assert round_to(13, 5) == 15


def test_multiple_stays():
    assert round_to(40, 10) == 40


def test_negative():
    assert round_to(-7, 5) == -5
