import pytest
from counted import counted


@pytest.mark.parametrize(
    ("n", "noun", "expected"),
    [
        (4, "class", "4 classes"),
        (2, "brush", "2 brushes"),
        (0, "query", "0 queries"),
        (7, "day", "7 days"),
        (2, "toy", "2 toys"),
        (1, "query", "1 query"),
        (1, "box", "1 box"),
        (10, "commit", "10 commits"),
        (1000, "user", "1,000 users"),
        (2500000, "entry", "2,500,000 entries"),
    ],
)
def test_regular(n, noun, expected):
    assert counted(n, noun) == expected


def test_irregular_with_large_number():
    assert counted(1200, "child", "children") == "1,200 children"
    assert counted(0, "index", "indices") == "0 indices"
