"""Points of a word: 1 for each vowel, 2 for other letters, but 10 for q and z."""

import pytest
from scrabble import points


@pytest.mark.parametrize(
    ("word", "expected"), [("a", 1), ("cat", 5), ("quiz", 22), ("Zoo", 12), ("", 0)]
)
def test_points(word, expected):
    assert points(word) == expected
