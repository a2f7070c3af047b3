from rowsums import row_sums


def test_rows_are_added_up():
    assert row_sums([[1, 2, 3], [4, 5, 6]]) == [6, 15]


def test_rows_may_differ_in_length():
    assert row_sums([[1], [], [2, -2, 10]]) == [1, 0, 10]


def test_no_rows():
    assert row_sums([]) == []
