import pytest
from circlearea import area


def test_areas():
    assert area(3) == pytest.approx(28.2743339)
    assert area(0.5) == pytest.approx(0.785398163)
    assert area(10) == pytest.approx(314.159265)
