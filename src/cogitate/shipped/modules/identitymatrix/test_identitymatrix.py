from identitymatrix import identity


def test_two():
    assert identity(2) == [[1, 0], [0, 1]]


def test_three():
    assert identity(3) == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]


def test_zero():
    assert identity(0) == []
