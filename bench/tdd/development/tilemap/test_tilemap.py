"""Small text maps for the level editor, one character per tile."""

import pytest
from tilemap import find, flip, load, rotate, save

ROOM = load("""
    #..
    #@$
""")


def test_load_strips_indentation():
    assert ROOM == [["#", ".", "."], ["#", "@", "$"]]


def test_rows_must_have_one_length():
    with pytest.raises(ValueError, match="row 2"):
        load("###\n#")


def test_save_is_the_reverse():
    assert save(ROOM) == "#..\n#@$"


def test_rotate_clockwise():
    assert save(rotate(ROOM)) == "##\n@.\n$."


def test_rotate_by_more_quarters():
    assert save(rotate(ROOM, 2)) == "$@#\n..#"
    assert rotate(ROOM, 4) == ROOM
    assert rotate(ROOM, -1) == rotate(ROOM, 3)


def test_flip():
    assert save(flip(ROOM)) == "..#\n$@#"
    assert save(flip(ROOM, vertical=True)) == "#@$\n#.."


def test_find_gives_row_and_column():
    assert find(ROOM, "@") == [(1, 1)]
    assert find(ROOM, ".") == [(0, 1), (0, 2)]
    assert find(ROOM, "x") == []


def test_nothing_changes_in_place():
    before = save(ROOM)
    flip(rotate(ROOM))
    assert save(ROOM) == before
