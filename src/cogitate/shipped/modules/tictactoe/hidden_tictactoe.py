import pytest
from tictactoe import Board


@pytest.mark.parametrize(
    ("a", "b", "c", "d", "e"),
    [
        (3, 0, 4, 1, 5),
        (8, 0, 7, 1, 6),
        (0, 1, 3, 2, 6),
        (7, 0, 4, 2, 1),
        (2, 0, 5, 1, 8),
        (0, 1, 4, 2, 8),
        (6, 0, 4, 1, 2),
    ],
)
def test_x_wins(a, b, c, d, e):
    board = Board()
    board.play(a)
    board.play(b)
    board.play(c)
    board.play(d)
    assert board.winner() is None
    board.play(e)
    assert board.winner() == "X"


def test_o_wins():
    board = Board()
    board.play(0)
    board.play(2)
    board.play(1)
    board.play(5)
    with pytest.raises(ValueError, match="cell 5 is taken"):
        board.play(5)
    board.play(4)
    assert board.turn == "O"
    board.play(8)
    assert board.winner() == "O"
