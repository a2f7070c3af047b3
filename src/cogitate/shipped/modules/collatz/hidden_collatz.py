import pytest
from collatz import chain, steps


def test_chain():
    assert chain(2) == [2, 1]
    assert chain(3) == [3, 10, 5, 16, 8, 4, 2, 1]
    assert chain(12)[:4] == [12, 6, 3, 10]


def test_steps():
    assert steps(7) == 16
    assert steps(27) == 111
    assert steps(1024) == 10


def test_only_positive_numbers():
    with pytest.raises(ValueError):
        steps(0)
    with pytest.raises(ValueError):
        chain(-1)
