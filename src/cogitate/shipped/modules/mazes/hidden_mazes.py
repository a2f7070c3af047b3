import pytest
from mazes import find, shortest_path


def test_find():
    assert find(["..", ".E"], "E") == (1, 1)
    assert find(["...S"], "S") == (0, 3)
    with pytest.raises(ValueError, match="no E"):
        find(["S..", "..."], "E")


def test_open_field():
    assert shortest_path(["S...", "....", "...E"]) == 5
    assert shortest_path(["E.S"]) == 2


def test_shorter_of_two_ways():
    assert shortest_path(["S....", ".###.", ".#E#.", "..#.."]) is None
    assert shortest_path(["S....", ".###.", ".#E..", ".....", "#...."]) == 6


def test_corners_are_no_way():
    assert shortest_path(["S#", "#E"]) is None


def test_no_exit():
    with pytest.raises(ValueError, match="no E"):
        shortest_path(["S."])
