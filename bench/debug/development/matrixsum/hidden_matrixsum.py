from matrixsum import column_sums, row_sums


def test_sums():
    assert column_sums([[1, 2], [3, 4]]) == [4, 6]
    assert column_sums([[1, -1, 5]]) == [1, -1, 5]
    assert row_sums([[1, 2], []]) == [3, 0]
