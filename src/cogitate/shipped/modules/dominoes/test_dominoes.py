"""Dominoes are pairs of numbers. In a chain, each begins with the number with which the one before
ends; a domino may be turned around."""

import pytest
from dominoes import fits, is_chain, points


def test_is_chain():
    assert is_chain([(1, 2), (2, 2), (2, 5)])
    assert not is_chain([(1, 2), (3, 4)])
    assert not is_chain([(1, 2), (4, 2)])  # nothing is turned here
    assert is_chain([])


def test_fits_at_the_end():
    assert fits([(1, 2)], (2, 6)) == (2, 6)
    assert fits([(1, 2)], (6, 2)) == (2, 6)


def test_anything_fits_an_empty_chain():
    assert fits([], (3, 1)) == (3, 1)


def test_does_not_fit():
    with pytest.raises(ValueError):
        fits([(1, 2)], (1, 6))


def test_points():
    assert points([(1, 2), (2, 5)]) == 10
