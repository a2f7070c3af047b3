import pytest
from latlon import format_place, parse_place


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("48.2N 16.4E", (48.2, 16.4)),
        ("33.9S 151.2E", (-33.9, 151.2)),
        ("40.7N 74.0W", (40.7, -74.0)),
    ],
)
def test_both_ways(text, place):
    assert parse_place(text) == place
    assert format_place(place[0], place[1]) == text


def test_equator_is_north_and_greenwich_east():
    assert format_place(0, 0) == "0.0N 0.0E"


@pytest.mark.parametrize(
    "text", ["", "48.2N", "48.2 16.4", "91.0N 0.0E", "0.0N 180.5W", "1.0E 1.0N"]
)
def test_no_place(text):
    with pytest.raises(ValueError):
        parse_place(text)
