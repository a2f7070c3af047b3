import pytest
from shapes import Circle, Rectangle, total_area


def test_rectangle():
    door = Rectangle(1, 2.5)
    assert door.area() == 2.5
    assert door.perimeter() == 7
    assert door.is_square() is False
    assert str(door) == "1 x 2.5 rectangle"
    assert Rectangle(7, 7).is_square() is True


def test_circle():
    assert Circle(1).area() == pytest.approx(3.14159265)
    assert Circle(10).perimeter() == pytest.approx(62.8318531)
    assert str(Circle(0.5)) == "circle of radius 0.5"


def test_sizes_must_be_positive():
    with pytest.raises(ValueError, match="positive"):
        Rectangle(5, -5)
    with pytest.raises(ValueError, match="positive"):
        Circle(0)


def test_total_area():
    assert total_area([]) == 0
    assert total_area([Rectangle(2, 5), Circle(1)]) == pytest.approx(13.14159265)
