import pytest
from scrabble import points


@pytest.mark.parametrize(
    ("word", "expected"),
    [("b", 2), ("Q", 10), ("audio", 6), ("STRONG", 11), ("pizza", 24), ("rhythm", 12)],
)
def test_points(word, expected):
    assert points(word) == expected
