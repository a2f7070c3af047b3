import pytest
from hamming import distance


def test_distances():
    assert distance("", "") == 0
    assert distance("1011101", "1001001") == 2
    assert distance("abc", "cab") == 3
    assert distance("A", "a") == 1


def test_lengths_must_be_equal():
    with pytest.raises(ValueError):
        distance("", "x")
