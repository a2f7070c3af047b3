"""Meteorological seasons: winter is December to February, and so on. In the south it is the other
half of the year."""

import pytest
from seasons import season


def test_north():
    assert season(1) == "winter"
    assert season(3) == "spring"
    assert season(8) == "summer"
    assert season(9) == "autumn"
    assert season(12) == "winter"


def test_south():
    assert season(1, south=True) == "summer"
    assert season(7, south=True) == "winter"


@pytest.mark.parametrize("month", [0, 13, -1])
def test_no_month(month):
    with pytest.raises(ValueError):
        season(month)
