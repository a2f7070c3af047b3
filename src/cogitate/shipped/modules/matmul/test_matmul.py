import pytest
from matmul import multiply


def test_square():
    assert multiply([[1, 2], [3, 4]], [[5, 6], [7, 8]]) == [[19, 22], [43, 50]]


def test_identity():
    assert multiply([[1, 2], [3, 4]], [[1, 0], [0, 1]]) == [[1, 2], [3, 4]]


def test_row_times_column():
    assert multiply([[1, 2, 3]], [[4], [5], [6]]) == [[32]]


def test_shapes_do_not_match():
    with pytest.raises(ValueError, match="2 columns, but 3 rows"):
        multiply([[1, 2]], [[1], [2], [3]])
