"""S is the start, E the exit, # a wall. A step leads one field left, right, up or down."""

import pytest
from mazes import find, shortest_path

MAZE = [
    "S.#",
    "#..",
    "..E",
]


def test_find_gives_row_and_column():
    assert find(MAZE, "S") == (0, 0)
    assert find(MAZE, "E") == (2, 2)


def test_find_something_that_is_not_there():
    with pytest.raises(ValueError, match="no X"):
        find(MAZE, "X")


def test_number_of_steps():
    assert shortest_path(MAZE) == 4
    assert shortest_path(["SE"]) == 1


def test_way_around_a_wall():
    assert shortest_path(["S#E", ".#.", "..."]) == 6


def test_no_way_out():
    assert shortest_path(["S#E"]) is None
