"""Squares of a chess board are named a1 to h8."""

import pytest
from knights import knight_moves


def test_from_the_corner():
    assert knight_moves("a1") == ["b3", "c2"]


def test_from_the_middle():
    assert knight_moves("d4") == ["b3", "b5", "c2", "c6", "e2", "e6", "f3", "f5"]


def test_at_the_edge():
    assert knight_moves("h4") == ["f3", "f5", "g2", "g6"]


@pytest.mark.parametrize("square", ["", "a9", "i1", "a0", "a10", "44"])
def test_no_square(square):
    with pytest.raises(ValueError):
        knight_moves(square)
