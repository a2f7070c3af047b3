"""A * is a mine. Every other field shows how many of the up to eight fields around it are mines,
or a dot if there is none."""

from minesweeper import annotate, count_mines


def test_count_mines():
    assert count_mines(["*.", ".*"]) == 2
    assert count_mines(["..."]) == 0


def test_numbers_around_a_mine():
    assert annotate(["...", ".*.", "..."]) == ["111", "1*1", "111"]


def test_far_from_mines():
    assert annotate(["....", "...*"]) == ["..11", "..1*"]


def test_several_mines():
    assert annotate(["*.*", "..."]) == ["*2*", "121"]


def test_empty():
    assert annotate([]) == []
