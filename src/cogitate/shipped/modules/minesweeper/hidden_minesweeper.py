from minesweeper import annotate, count_mines


def test_count_mines():
    assert count_mines(["***", "*.*", "***"]) == 8
    assert count_mines([]) == 0


def test_surrounded():
    assert annotate(["***", "*.*", "***"]) == ["***", "*8*", "***"]


def test_one_row():
    assert annotate(["*..*.", "....."]) == ["*11*1", "11111"]


def test_one_column():
    assert annotate([".", "*", ".", "."]) == ["1", "*", "1", "."]


def test_no_mines():
    assert annotate(["..", ".."]) == ["..", ".."]


def test_diagonal():
    assert annotate(["*..", ".*.", "..*"]) == ["*21", "2*2", "12*"]
