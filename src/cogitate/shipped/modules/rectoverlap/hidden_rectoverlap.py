import pytest
from rectoverlap import area, overlap


def test_area():
    assert area((2, 3, 4, 10)) == 14
    assert area((-5, 0, 5, 1)) == 10


def test_overlap():
    assert overlap((0, 0, 2, 2), (-1, -1, 1, 1)) == (0, 0, 1, 1)
    assert overlap((0, 0, 2, 2), (0, 0, 2, 2)) == (0, 0, 2, 2)
    assert overlap((1, 0, 2, 9), (0, 4, 8, 5)) == (1, 4, 2, 5)


def test_no_overlap():
    assert overlap((0, 0, 2, 2), (0, 2, 2, 4)) is None
    assert overlap((0, 0, 2, 2), (1, 7, 2, 8)) is None
    assert overlap((5, 0, 6, 1), (0, 0, 1, 1)) is None


def test_sides_are_in_order():
    with pytest.raises(ValueError):
        area((0, 5, 3, 1))
