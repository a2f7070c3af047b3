"""A living cell stays alive with two or three living neighbours (of eight), a dead one becomes
alive with three; all others are dead. Cells are (x, y); the world has no edge."""

from gameoflife import neighbours, step

BLINKER = {(0, 1), (1, 1), (2, 1)}
BLOCK = {(0, 0), (0, 1), (1, 0), (1, 1)}


def test_neighbours():
    assert neighbours((1, 1), BLINKER) == 2
    assert neighbours((1, 0), BLINKER) == 3
    assert neighbours((9, 9), BLINKER) == 0


def test_alone():
    assert len(step({(5, 5)})) == 0


def test_block_stays():
    assert step(BLOCK) == BLOCK


def test_blinker():
    assert step(BLINKER) == {(1, 0), (1, 1), (1, 2)}
