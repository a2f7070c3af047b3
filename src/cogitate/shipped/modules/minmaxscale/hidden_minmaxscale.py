import pytest
from minmaxscale import scale


def test_scale():
    assert scale([-2, 2]) == [0, 1]
    assert scale([4, 1, 2, 3, 5]) == [0.75, 0, 0.25, 0.5, 1]
    assert scale([1, 2, 3], low=0, high=100) == [0, 50, 100]
    assert scale([8, 0, 4], low=10, high=12) == [12, 10, 11]


def test_equal_values():
    assert scale([0, 0, 0]) == [0, 0, 0]
    assert scale([9, 9], low=-5, high=5) == [-5, -5]


def test_range_must_not_be_upside_down():
    with pytest.raises(ValueError, match="low must be below high"):
        scale([], low=3, high=-3)
