"""Jumps lead up from the foot of a ladder and down from the head of a snake. Whoever would pass the
last field stays."""

import pytest
from snakesladders import move, play

JUMPS = {3: 11, 14: 4}


def test_plain_move():
    assert move(1, 4, JUMPS, last=20) == 5


def test_ladder_and_snake():
    assert move(1, 2, JUMPS, last=20) == 11
    assert move(10, 4, JUMPS, last=20) == 4


def test_last_field_must_be_hit():
    assert move(18, 2, JUMPS, last=20) == 20
    assert move(18, 3, JUMPS, last=20) == 18


def test_play_starts_at_0_and_lists_all_fields():
    assert play([3, 3, 6], JUMPS, last=20) == [11, 4, 10]
    assert play([], JUMPS, last=20) == []


def test_a_die_has_six_sides():
    with pytest.raises(ValueError):
        move(1, 7, JUMPS, last=20)
