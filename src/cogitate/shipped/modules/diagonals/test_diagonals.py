from diagonals import diagonal

GRID = [
    [1, 2, 3],
    [4, 5, 6],
    [7, 8, 9],
]


def test_from_top_left_to_bottom_right():
    assert diagonal(GRID) == [1, 5, 9]


def test_one_cell():
    assert diagonal([[4]]) == [4]


def test_empty():
    assert diagonal([]) == []
