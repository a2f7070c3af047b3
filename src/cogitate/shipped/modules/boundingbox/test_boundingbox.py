import pytest
from boundingbox import box, inside


def test_box_is_left_bottom_right_top():
    assert box([(1, 5), (3, 2), (2, 7)]) == (1, 2, 3, 7)


def test_one_point():
    assert box([(4, 4)]) == (4, 4, 4, 4)


def test_no_points():
    with pytest.raises(ValueError):
        box([])


def test_inside():
    assert inside((2, 3), (1, 2, 3, 7))
    assert inside((1, 2), (1, 2, 3, 7))  # the edge belongs to it
    assert not inside((0, 3), (1, 2, 3, 7))
    assert not inside((2, 8), (1, 2, 3, 7))
