from rotatelist import rotate_left


def test_one_step():
    assert rotate_left([1, 2, 3, 4], 1) == [2, 3, 4, 1]


def test_several_steps():
    assert rotate_left([1, 2, 3, 4], 3) == [4, 1, 2, 3]


def test_around():
    assert rotate_left([1, 2, 3], 3) == [1, 2, 3]
    assert rotate_left([1, 2, 3], 4) == [2, 3, 1]


def test_empty():
    assert rotate_left([], 5) == []
