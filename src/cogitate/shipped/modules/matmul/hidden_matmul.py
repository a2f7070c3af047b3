import pytest
from matmul import multiply


def test_multiply():
    assert multiply([[2]], [[3]]) == [[6]]
    assert multiply([[1], [2]], [[3, 4]]) == [[3, 4], [6, 8]]
    assert multiply([[1, 0, -1], [2, 1, 0]], [[1, 2], [3, 4], [5, 6]]) == [[-4, -4], [5, 8]]
    assert multiply([[0, 1], [1, 0]], [[1, 2], [3, 4]]) == [[3, 4], [1, 2]]


def test_shapes_do_not_match():
    with pytest.raises(ValueError, match="3 columns, but 1 rows"):
        multiply([[1, 2, 3]], [[1, 2, 3]])
