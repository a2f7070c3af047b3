from secondlargest import second_largest


def test_second_largest():
    assert second_largest([9, 8, 7, 6]) == 8
    assert second_largest([2, 9, 9, 1, 2]) == 2
    assert second_largest([0, -4]) == -4
    assert second_largest([3, 1, 2, 3]) == 2


def test_there_is_none():
    assert second_largest([]) is None
    assert second_largest([0, 0, 0]) is None
