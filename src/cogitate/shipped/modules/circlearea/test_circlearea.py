import pytest
from circlearea import area


def test_unit_circle():
    assert area(1) == pytest.approx(3.14159265)


def test_radius_two():
    assert area(2) == pytest.approx(12.5663706)


def test_point():
    assert area(0) == 0
