import pytest
from boundingbox import box, inside


def test_box():
    assert box([(0, 0), (-3, 4), (5, -6)]) == (-3, -6, 5, 4)
    assert box([(1, 1), (1, 9)]) == (1, 1, 1, 9)


def test_no_points():
    with pytest.raises(ValueError):
        box([])


def test_inside():
    assert inside((5, 4), (-3, -6, 5, 4))
    assert inside((0, -6), (-3, -6, 5, 4))
    assert not inside((6, 0), (-3, -6, 5, 4))
    assert not inside((0, -7), (-3, -6, 5, 4))
