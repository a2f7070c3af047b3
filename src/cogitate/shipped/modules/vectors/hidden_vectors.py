import pytest
from vectors import add, dot, length, scale


def test_values():
    assert add((0,), (5,)) == (5,)
    assert scale((1, 2, 3), 0) == (0, 0, 0)
    assert scale((2, 4), 0.5) == (1, 2)
    assert dot((1, 0), (0, 1)) == 0
    assert dot((-1, 2), (3, 3)) == 3
    assert length((1, 2, 2)) == pytest.approx(3)
    assert length((0, 0)) == 0


def test_dimensions_must_agree():
    with pytest.raises(ValueError):
        add((1, 2, 3), (1, 2))
    with pytest.raises(ValueError):
        dot((1, 2, 3), (1, 2))
