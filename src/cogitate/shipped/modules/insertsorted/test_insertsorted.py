import pytest
from insertsorted import insert, merge


def test_insert():
    assert insert([1, 3, 5], 4) == [1, 3, 4, 5]
    assert insert([], 7) == [7]


def test_list_is_not_changed():
    numbers = [1, 2]
    insert(numbers, 0)
    assert numbers == [1, 2]


def test_list_must_be_sorted():
    with pytest.raises(ValueError, match="not sorted"):
        insert([3, 1], 2)


def test_merge_of_sorted_lists():
    assert merge([1, 4, 9], [2, 4]) == [1, 2, 4, 4, 9]
    assert merge([], [5]) == [5]


def test_both_must_be_sorted():
    with pytest.raises(ValueError, match="not sorted"):
        merge([1, 2], [2, 1])
