import pytest
from shapes import Circle, Rectangle, total_area


def test_rectangle():
    field = Rectangle(3, 4)
    assert field.area() == 12
    assert field.perimeter() == 14
    assert field.is_square() is False


def test_square():
    assert Rectangle(2, 2).is_square() is True


def test_circle():
    wheel = Circle(2)
    assert wheel.area() == pytest.approx(12.5663706)
    assert wheel.perimeter() == pytest.approx(12.5663706)


def test_sizes_must_be_positive():
    with pytest.raises(ValueError, match="positive"):
        Rectangle(0, 4)
    with pytest.raises(ValueError, match="positive"):
        Circle(-1)


def test_text():
    assert str(Rectangle(3, 4)) == "3 x 4 rectangle"
    assert str(Circle(5)) == "circle of radius 5"


def test_total_area():
    assert total_area([Rectangle(1, 2), Rectangle(3, 3)]) == 11
