from rotatelist import rotate_left


def test_rotate_left():
    assert rotate_left(["a", "b", "c"], 2) == ["c", "a", "b"]
    assert rotate_left([1, 2], 0) == [1, 2]
    assert rotate_left([7], 9) == [7]
    assert rotate_left([1, 2, 3, 4, 5], 12) == [3, 4, 5, 1, 2]
