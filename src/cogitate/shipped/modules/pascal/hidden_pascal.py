import pytest
from pascal import row, triangle


def test_rows():
    assert row(2) == [1, 2, 1]
    assert row(3) == [1, 3, 3, 1]
    assert row(6) == [1, 6, 15, 20, 15, 6, 1]


def test_triangle():
    assert triangle(1) == [[1]]
    assert triangle(5)[-1] == [1, 4, 6, 4, 1]
    assert len(triangle(10)) == 10


def test_negative():
    with pytest.raises(ValueError):
        row(-5)
