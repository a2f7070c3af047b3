import pytest
from dominoes import fits, is_chain, points


def test_is_chain():
    assert is_chain([(0, 6)])
    assert is_chain([(3, 3), (3, 1), (1, 0), (0, 3)])
    assert not is_chain([(3, 3), (3, 1), (0, 1)])


def test_fits_at_the_end():
    assert fits([(4, 1), (1, 5)], (5, 5)) == (5, 5)
    assert fits([(4, 1), (1, 5)], (4, 5)) == (5, 4)
    assert fits([], (2, 0)) == (2, 0)


def test_does_not_fit():
    with pytest.raises(ValueError):
        fits([(4, 1), (1, 5)], (4, 1))


def test_points():
    assert points([]) == 0
    assert points([(6, 6)]) == 12
    assert points([(0, 1), (1, 4), (4, 0)]) == 10
