"""2d6+3 means: two dice with six sides each, and 3 more. Parsed: (dice, sides, more)."""

import pytest
from dicenotation import highest, parse


@pytest.mark.parametrize(
    ("text", "parsed"),
    [("2d6", (2, 6, 0)), ("d20", (1, 20, 0)), ("3d8+4", (3, 8, 4)), ("1d4-1", (1, 4, -1))],
)
def test_parse(text, parsed):
    assert parse(text) == parsed


@pytest.mark.parametrize("text", ["", "six", "2x6", "2d", "2d6+"])
def test_invalid(text):
    with pytest.raises(ValueError):
        parse(text)


def test_highest_possible_sum():
    assert highest("2d6") == 12
    assert highest("d20+5") == 25
