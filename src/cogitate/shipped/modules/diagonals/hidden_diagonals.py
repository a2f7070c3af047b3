from diagonals import diagonal


def test_diagonal():
    assert diagonal([[1, 2], [3, 4]]) == [1, 4]
    assert diagonal([[0, 9], [9, 0]]) == [0, 0]
    assert diagonal([["a", "b", "c"], ["d", "e", "f"], ["g", "h", "i"]]) == ["a", "e", "i"]
