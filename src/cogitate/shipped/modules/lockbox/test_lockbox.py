"""A box with a code. After three wrong codes in a row it is blocked until reset() is called."""

import pytest
from lockbox import Blocked, Lockbox


@pytest.fixture
def box():
    return Lockbox("4711")


def test_right_code_opens(box):
    assert box.is_open is False
    assert box.enter("4711") is True
    assert box.is_open is True


def test_right_code_gives_all_tries_back(box):
    assert box.enter("0000") is False
    assert box.tries_left == 2
    box.enter("4711")
    box.close()
    assert box.is_open is False
    assert box.tries_left == 3


def test_blocked(box):
    box.enter("1")
    box.enter("2")
    box.enter("3")
    with pytest.raises(Blocked):
        box.enter("4711")
    box.reset()
    assert box.enter("4711") is True
