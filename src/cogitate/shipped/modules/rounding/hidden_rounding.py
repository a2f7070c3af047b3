from rounding import round_to


def test_round_to():
    assert round_to(0, 5) == 0
    assert round_to(99, 10) == 100
    assert round_to(1234, 100) == 1200
    assert round_to(7, 3) == 6
    assert round_to(-13, 5) == -15
    assert round_to(2, 1) == 2
