"""An even number is halved, an odd one is tripled and 1 is added, until 1 is reached."""

import pytest
from collatz import chain, steps


def test_chain():
    assert chain(6) == [6, 3, 10, 5, 16, 8, 4, 2, 1]
    assert chain(1) == [1]


def test_steps():
    assert steps(1) == 0
    assert steps(6) == 8
    assert steps(16) == 4


def test_only_positive_numbers():
    with pytest.raises(ValueError):
        chain(0)
    with pytest.raises(ValueError):
        steps(-3)
