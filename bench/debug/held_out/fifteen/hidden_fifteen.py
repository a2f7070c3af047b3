import pytest
from fifteen import move, moves


def test_moves():
    assert moves([0, 1, 2]) == [1]
    assert moves([1, 2, 0]) == [1]
    assert moves([0]) == []
    assert moves([5, 0]) == [0]
    assert move([5, 0], 0) == [0, 5]


def test_far():
    with pytest.raises(ValueError, match="cannot move"):
        move([0, 1, 2], 2)
