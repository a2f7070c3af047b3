import pytest
from compass import direction, turn


@pytest.mark.parametrize(
    ("start", "way", "end"),
    [("S", "right", "W"), ("S", "left", "E"), ("W", "left", "S"), ("N", "back", "S")],
)
def test_turn(start, way, end):
    assert turn(start, way) == end


def test_direction():
    assert direction(46) == "E"
    assert direction(180) == "S"
    assert direction(260) == "W"
    assert direction(320) == "N"
    assert direction(720) == "N"
    assert direction(-170) == "S"


def test_invalid():
    with pytest.raises(ValueError):
        turn("E", "around")
    with pytest.raises(ValueError):
        turn("north", "left")
