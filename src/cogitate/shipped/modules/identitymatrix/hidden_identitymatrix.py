from identitymatrix import identity


def test_identity():
    assert identity(1) == [[1]]
    assert identity(4) == [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]


def test_rows_are_independent():
    matrix = identity(2)
    matrix[0][1] = 9
    assert matrix == [[1, 9], [0, 1]]
