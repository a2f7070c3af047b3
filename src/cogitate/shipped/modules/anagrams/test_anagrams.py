import pytest
from anagrams import are_anagrams


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("listen", "silent", True),
        ("Dusty", "Study", True),
        ("apple", "papel", True),
        ("apple", "pale", False),
        ("aab", "abb", False),
    ],
)
def test_anagrams(first, second, expected):
    assert are_anagrams(first, second) is expected
