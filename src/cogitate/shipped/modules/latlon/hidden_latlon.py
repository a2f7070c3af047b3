import pytest
from latlon import format_place, parse_place


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("90.0S 0.5W", (-90.0, -0.5)),
        ("64.1N 21.9W", (64.1, -21.9)),
        ("1.3N 180.0E", (1.3, 180.0)),
    ],
)
def test_both_ways(text, place):
    assert parse_place(text) == place
    assert format_place(place[0], place[1]) == text


def test_one_decimal():
    assert format_place(12.34, -5) == "12.3N 5.0W"


@pytest.mark.parametrize("text", ["90.1S 1.0E", "1.0X 2.0E", "1.0N 2.0S", "x.xN 1.0E", "N E"])
def test_no_place(text):
    with pytest.raises(ValueError):
        parse_place(text)
