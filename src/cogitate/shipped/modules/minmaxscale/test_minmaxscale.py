import pytest
from minmaxscale import scale


def test_lowest_becomes_0_and_highest_1():
    assert scale([10, 20, 15]) == [0, 1, 0.5]


def test_other_range():
    assert scale([0, 5, 10], low=-1, high=1) == [-1, 0, 1]


def test_empty():
    assert scale([]) == []


def test_equal_values_become_the_lowest():
    assert scale([3, 3]) == [0, 0]
    assert scale([7], low=5, high=6) == [5]


def test_range_must_not_be_upside_down():
    with pytest.raises(ValueError, match="low must be below high"):
        scale([1, 2], low=1, high=0)
    with pytest.raises(ValueError):
        scale([], low=2, high=2)
