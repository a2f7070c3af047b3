import pytest
from vectors import add, dot, length, scale


def test_add():
    assert add((1, 2), (3, 4)) == (4, 6)
    assert add((1, 2, 3), (0, 0, -3)) == (1, 2, 0)


def test_scale():
    assert scale((1, -2), 3) == (3, -6)


def test_dot():
    assert dot((1, 2, 3), (4, 5, 6)) == 32


def test_length():
    assert length((3, 4)) == pytest.approx(5)


def test_dimensions_must_agree():
    with pytest.raises(ValueError):
        add((1, 2), (1, 2, 3))
    with pytest.raises(ValueError):
        dot((1,), (1, 2))
