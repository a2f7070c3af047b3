import pytest
from records import to_dicts


def test_single_column():
    assert to_dicts(["id"], [[7], [8], [9]]) == [{"id": 7}, {"id": 8}, {"id": 9}]


def test_rows_of_different_lengths():
    assert to_dicts(["a", "b"], [[1, 2], [], [3]], fill=0) == [
        {"a": 1, "b": 2},
        {"a": 0, "b": 0},
        {"a": 3, "b": 0},
    ]


def test_falsy_cells_are_kept():
    assert to_dicts(["a", "b"], [[0, ""]], fill="x") == [{"a": 0, "b": ""}]


def test_rows_may_be_tuples():
    assert to_dicts(["x", "y"], [(1, 2)]) == [{"x": 1, "y": 2}]


def test_first_row_too_long():
    with pytest.raises(ValueError, match="row 1 has 3 cells, expected at most 2"):
        to_dicts(["x", "y"], [[1, 2, 3], [1, 2]])
