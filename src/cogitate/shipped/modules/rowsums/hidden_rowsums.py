from rowsums import row_sums


def test_row_sums():
    assert row_sums([[5]]) == [5]
    assert row_sums([[0, 0], [-1, 1], [7, 8]]) == [0, 0, 15]
    assert row_sums([[]]) == [0]
    assert row_sums([[0.5, 0.25], [100]]) == [0.75, 100]
