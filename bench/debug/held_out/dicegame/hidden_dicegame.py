from dicegame import points, winner


def test_points():
    assert points([1, 2, 3]) == 6
    assert points([4, 5, 6]) == 15
    assert points([6, 6, 6]) == 100
    assert points([1, 2, 1]) == 20


def test_winner():
    assert winner([[1, 2, 4], [6, 5, 4], [2, 4, 1]]) == 1
    assert winner([[1, 1, 2], [5, 5, 1]]) == 0
