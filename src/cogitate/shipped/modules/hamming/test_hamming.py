"""How many places differ in two texts of the same length."""

import pytest
from hamming import distance


def test_same():
    assert distance("abc", "abc") == 0


def test_different():
    assert distance("karolin", "kathrin") == 3


def test_lengths_must_be_equal():
    with pytest.raises(ValueError):
        distance("abc", "ab")
