"""Players X and O take turns, X first. Cells are numbered from 0 to 8, row by row."""

import pytest
from tictactoe import Board


def test_players_take_turns():
    board = Board()
    assert board.turn == "X"
    board.play(4)
    assert board.turn == "O"
    assert board.winner() is None


def test_row_wins():
    board = Board()
    board.play(0)
    board.play(3)
    board.play(1)
    board.play(4)
    board.play(2)
    assert board.winner() == "X"


def test_cell_is_taken():
    board = Board()
    board.play(8)
    with pytest.raises(ValueError, match="cell 8 is taken"):
        board.play(8)
    assert board.turn == "O"
