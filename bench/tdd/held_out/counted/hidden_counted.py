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
        (250, "copy", "250 copies"),
    ],
)
def test_regular(n, noun, expected):
    assert counted(n, noun) == expected


def test_irregular():
    assert counted(12, "child", "children") == "12 children"
    assert counted(0, "index", "indices") == "0 indices"
