import pytest
from backoff import delays


def test_one_attempt():
    assert delays(1) == [0.5]
    assert delays(1, base=7) == [7]


def test_long_schedule():
    assert delays(8, base=1) == [1, 2, 4, 8, 16, 32, 64, 128]


def test_constant_schedule():
    assert delays(3, base=4, factor=1) == [4, 4, 4]


def test_cap_below_base():
    assert delays(3, base=10, cap=6) == [6, 6, 6]


def test_cap_and_factor_together():
    assert delays(4, base=1, factor=10, cap=250) == [1, 10, 100, 250]


def test_cap_that_is_never_reached():
    assert delays(3, base=1, cap=60) == [1, 2, 4]


def test_more_negative():
    with pytest.raises(ValueError, match="attempts"):
        delays(-3, base=1)
