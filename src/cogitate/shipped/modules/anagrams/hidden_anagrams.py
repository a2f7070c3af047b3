import pytest
from anagrams import are_anagrams


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("night", "Thing", True),
        ("ELBOW", "below", True),
        ("stop", "stops", False),
        ("hello", "holla", False),
        ("aabb", "abab", True),
    ],
)
def test_anagrams(first, second, expected):
    assert are_anagrams(first, second) is expected
