import pytest
from snakesladders import move, play

JUMPS = {2: 9, 8: 1, 6: 3}


def test_move():
    assert move(0, 1, JUMPS, last=10) == 1
    assert move(0, 2, JUMPS, last=10) == 9
    assert move(2, 6, JUMPS, last=10) == 1
    assert move(9, 1, JUMPS, last=10) == 10
    assert move(9, 2, JUMPS, last=10) == 9
    assert move(5, 6, JUMPS, last=10) == 5


def test_play():
    assert play([2, 3, 1], JUMPS, last=10) == [9, 9, 10]
    assert play([6, 5, 2, 1], JUMPS, last=10) == [3, 1, 3, 4]
    assert play([1], {}, last=10) == [1]


def test_a_die_has_six_sides():
    with pytest.raises(ValueError):
        move(1, 0, JUMPS, last=10)
    with pytest.raises(ValueError):
        play([1, 8], JUMPS, last=10)
