import pytest
from tilemap import find, flip, load, rotate, save

TEXT = "abc\ndef\nghi"


def test_square():
    tiles = load(TEXT)
    assert save(rotate(tiles)) == "gda\nheb\nifc"
    assert save(rotate(tiles, 3)) == "cfi\nbeh\nadg"
    assert save(rotate(tiles, -1)) == "cfi\nbeh\nadg"
    assert save(rotate(tiles, 0)) == TEXT
    assert save(rotate(tiles, 6)) == "ihg\nfed\ncba"


def test_row_and_column():
    row = load("  xyz  ")
    assert row == [["x", "y", "z"]]
    assert save(rotate(row)) == "x\ny\nz"
    assert save(rotate(rotate(row))) == "zyx"


def test_flip():
    tiles = load(TEXT)
    assert save(flip(tiles)) == "cba\nfed\nihg"
    assert save(flip(tiles, vertical=True)) == "ghi\ndef\nabc"
    assert flip(flip(tiles)) == tiles


def test_find():
    assert find(load("..#\n#.#"), "#") == [(0, 2), (1, 0), (1, 2)]


def test_result_can_be_changed_freely():
    tiles = load("ab\ncd")
    other = flip(tiles, vertical=True)
    other[0][0] = "X"
    assert save(tiles) == "ab\ncd"


def test_rows_of_different_length():
    with pytest.raises(ValueError, match="row 3"):
        load("ab\ncd\nefg\nh")
