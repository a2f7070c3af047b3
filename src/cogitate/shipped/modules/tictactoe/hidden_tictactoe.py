import pytest
from tictactoe import Board


def test_column_wins_for_o():
    board = Board()
    board.play(0)
    board.play(2)
    board.play(1)
    board.play(5)
    board.play(4)
    assert board.winner() is None
    board.play(8)
    assert board.winner() == "O"


def test_diagonals_win():
    board = Board()
    board.play(2)
    board.play(0)
    board.play(4)
    board.play(1)
    board.play(6)
    assert board.winner() == "X"


def test_taken_by_the_other():
    board = Board()
    board.play(3)
    board.play(5)
    with pytest.raises(ValueError, match="cell 3 is taken"):
        board.play(3)
    assert board.turn == "X"
