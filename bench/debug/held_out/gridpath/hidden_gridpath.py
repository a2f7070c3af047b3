from gridpath import distance


def test_distance():
    grid = ["." * 5] * 5
    assert distance(grid, (0, 0), (4, 4)) == 8
    assert distance(grid, (2, 2), (2, 2)) == 0
    assert distance(grid, (4, 0), (0, 0)) == 4
    assert distance([".#.", ".#.", "..."], (0, 0), (0, 2)) == 6
