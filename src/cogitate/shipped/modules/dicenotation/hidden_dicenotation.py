import pytest
from dicenotation import highest, parse


@pytest.mark.parametrize(
    ("text", "parsed"),
    [("10d10", (10, 10, 0)), ("d6-2", (1, 6, -2)), ("4d12+15", (4, 12, 15)), ("1d1", (1, 1, 0))],
)
def test_parse(text, parsed):
    assert parse(text) == parsed


@pytest.mark.parametrize("text", ["d", "6", "2d6+x", "d6d6", "2d6-"])
def test_invalid(text):
    with pytest.raises(ValueError):
        parse(text)


def test_highest_possible_sum():
    assert highest("3d4-2") == 10
    assert highest("d8") == 8
