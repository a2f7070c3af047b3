from rotations import rotated


def test_rotated():
    assert rotated([1, 2, 3], 1) == [3, 1, 2]
    assert rotated([1, 2, 3], -1) == [2, 3, 1]
    assert rotated([], 5) == []
