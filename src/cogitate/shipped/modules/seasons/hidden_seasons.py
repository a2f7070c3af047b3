import pytest
from seasons import season


@pytest.mark.parametrize(
    ("month", "north", "south"),
    [
        (2, "winter", "summer"),
        (5, "spring", "autumn"),
        (6, "summer", "winter"),
        (11, "autumn", "spring"),
        (12, "winter", "summer"),
    ],
)
def test_seasons(month, north, south):
    assert season(month) == north
    assert season(month, south=True) == south


def test_no_month():
    with pytest.raises(ValueError):
        season(14)
    with pytest.raises(ValueError):
        season(0, south=True)
