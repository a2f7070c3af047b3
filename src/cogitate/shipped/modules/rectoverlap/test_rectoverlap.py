"""A rectangle is (left, bottom, right, top). Where only edges touch there is no overlap."""

import pytest
from rectoverlap import area, overlap


def test_area():
    assert area((0, 0, 3, 2)) == 6
    assert area((-1, -1, 1, 1)) == 4


def test_overlap():
    assert overlap((0, 0, 4, 4), (2, 1, 6, 3)) == (2, 1, 4, 3)


def test_one_inside_the_other():
    assert overlap((0, 0, 9, 9), (1, 2, 3, 4)) == (1, 2, 3, 4)


def test_no_overlap():
    assert overlap((0, 0, 1, 1), (5, 5, 6, 6)) is None
    assert overlap((0, 0, 1, 1), (1, 0, 2, 1)) is None


def test_sides_are_in_order():
    with pytest.raises(ValueError):
        area((3, 0, 0, 2))
