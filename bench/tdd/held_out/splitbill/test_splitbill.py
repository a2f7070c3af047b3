"""Splitting a bill must never lose a cent: whoever comes first pays the odd cents."""

import pytest
from splitbill import split_bill


def test_even_split():
    assert split_bill(3000, 3) == [1000, 1000, 1000]


def test_one_cent_left_over():
    assert split_bill(1000, 3) == [334, 333, 333]


def test_two_cents_left_over():
    assert split_bill(1001, 3) == [334, 334, 333]


def test_nothing_is_lost():
    for people in range(1, 20):
        assert sum(split_bill(9999, people)) == 9999


def test_less_cents_than_people():
    assert split_bill(2, 4) == [1, 1, 0, 0]


def test_nobody_to_pay():
    with pytest.raises(ValueError, match="at least one person"):
        split_bill(500, 0)
