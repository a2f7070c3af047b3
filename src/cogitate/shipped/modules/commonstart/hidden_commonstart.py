import pytest
from commonstart import common_start


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("a", "abc", "a"),
        ("", "abc", ""),
        ("abXde", "abYde", "ab"),
        ("Car", "car", ""),
        ("under", "understand", "under"),
    ],
)
def test_common_start(first, second, expected):
    assert common_start(first, second) == expected
