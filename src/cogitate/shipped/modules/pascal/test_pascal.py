"""In Pascal's triangle each number is the sum of the two above it; the edges are 1."""

import pytest
from pascal import row, triangle


def test_rows():
    assert row(0) == [1]
    assert row(1) == [1, 1]
    assert row(4) == [1, 4, 6, 4, 1]


def test_triangle():
    assert triangle(3) == [[1], [1, 1], [1, 2, 1]]
    assert triangle(0) == []


def test_negative():
    with pytest.raises(ValueError):
        row(-1)
