from fractions_of import add, total


def test_add():
    assert add((1, 4), (1, 4)) == (1, 2)
    assert add((1, 2), (-1, 2)) == (0, 1)
    assert total([]) == (0, 1)
    assert total([(1, 3)] * 4) == (4, 3)


def test_reduced():
    assert add((0, 1), (2, -4)) == (-1, 2)
