import pytest
from insertsorted import insert, merge


def test_insert():
    assert insert([2, 4], 1) == [1, 2, 4]
    assert insert([2, 4], 9) == [2, 4, 9]
    assert insert([2, 2], 2) == [2, 2, 2]


def test_merge():
    assert merge([], []) == []
    assert merge([5, 6], [1, 2]) == [1, 2, 5, 6]
    assert merge([-1, 0], [-1, 3, 3]) == [-1, -1, 0, 3, 3]


def test_lists_are_not_changed():
    first = [1, 5]
    merge(first, [3])
    assert first == [1, 5]


def test_not_sorted():
    with pytest.raises(ValueError, match="not sorted"):
        insert([1, 2, 0], 9)
    with pytest.raises(ValueError, match="not sorted"):
        merge([9, 8], [])
