"""Change is given in as few coins as possible, the largest first. There are coins of 1, 2, 5, 10,
20 and 50 cents."""

import pytest
from changemaker import change


def test_exact_payment():
    assert change(price=30, paid=30) == []


def test_change():
    assert change(price=31, paid=50) == [10, 5, 2, 2]
    assert change(price=13, paid=100) == [50, 20, 10, 5, 2]


def test_paid_too_little():
    with pytest.raises(ValueError, match="5 cents are missing"):
        change(price=25, paid=20)
