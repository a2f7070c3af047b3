import pytest
from compass import direction, turn


def test_turn():
    assert turn("N", "right") == "E"
    assert turn("N", "left") == "W"
    assert turn("W", "right") == "N"
    assert turn("E", "back") == "W"


def test_direction_of_degrees():
    assert direction(0) == "N"
    assert direction(90) == "E"
    assert direction(44) == "N"  # the nearest one
    assert direction(200) == "S"
    assert direction(359) == "N"


def test_more_than_a_full_turn():
    assert direction(450) == "E"
    assert direction(-90) == "W"


def test_invalid():
    with pytest.raises(ValueError):
        turn("N", "up")
    with pytest.raises(ValueError):
        turn("X", "left")
