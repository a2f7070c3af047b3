import pytest
from roman import from_roman, to_roman


def test_round():
    for number in (1, 4, 9, 40, 90, 400, 900, 1000, 1994, 2026, 3999):
        assert from_roman(to_roman(number)) == number
    assert to_roman(1000) == "M"


def test_limits():
    for number in (0, 4000):
        with pytest.raises(ValueError, match="only 1"):
            to_roman(number)
