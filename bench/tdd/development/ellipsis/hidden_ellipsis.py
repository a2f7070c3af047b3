import pytest
from ellipsis import shorten


@pytest.mark.parametrize(
    ("text", "width", "where", "expected"),
    [
        ("", 3, "end", ""),
        ("abc", 3, "middle", "abc"),
        ("abcd", 3, "end", "ab…"),
        ("abcd", 3, "start", "…cd"),
        ("abcd", 3, "middle", "a…d"),
        ("abcdefgh", 4, "middle", "ab…h"),
        ("abcdefgh", 2, "middle", "a…"),
        ("abcdefgh", 1, "start", "…"),
        ("abcdefgh", 1, "middle", "…"),
        ("two words here", 10, "end", "two words…"),
    ],
)
def test_shorten(text, width, where, expected):
    assert shorten(text, width, where=where) == expected


@pytest.mark.parametrize("width", [0, -1])
def test_width_must_be_positive(width):
    with pytest.raises(ValueError):
        shorten("abc", width, where="start")


def test_unknown_place_of_a_long_text():
    with pytest.raises(ValueError):
        shorten("a long text", 4, where="center")
