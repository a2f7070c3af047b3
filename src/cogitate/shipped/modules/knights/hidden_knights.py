import pytest
from knights import knight_moves


@pytest.mark.parametrize(
    ("square", "moves"),
    [
        ("h8", ["f7", "g6"]),
        ("a8", ["b6", "c7"]),
        ("b1", ["a3", "c3", "d2"]),
        ("e5", ["c4", "c6", "d3", "d7", "f3", "f7", "g4", "g6"]),
        ("c8", ["a7", "b6", "d6", "e7"]),
    ],
)
def test_moves(square, moves):
    assert knight_moves(square) == moves


@pytest.mark.parametrize("square", ["h9", "z5", "a", "a1b2"])
def test_no_square(square):
    with pytest.raises(ValueError):
        knight_moves(square)
