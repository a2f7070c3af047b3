from gridpath import distance

GRID = ["....", ".##.", "...."]


def test_distance():
    assert distance(GRID, (0, 0), (0, 3)) == 3
    assert distance(GRID, (0, 0), (2, 0)) == 2
    assert distance(GRID, (1, 0), (2, 3)) == 4


def test_no_way():
    assert distance([".#."], (0, 0), (0, 2)) is None
