import pytest
from lockbox import Blocked, Lockbox


def test_three_wrong_codes_that_are_not_in_a_row():
    box = Lockbox("12")
    box.enter("a")
    box.enter("b")
    assert box.tries_left == 1
    box.enter("12")
    box.close()
    box.enter("c")
    assert box.tries_left == 2
    assert box.enter("12") is True


def test_blocked_stays_blocked():
    box = Lockbox("12")
    box.enter("x")
    box.enter("y")
    assert box.enter("z") is False
    assert box.tries_left == 0
    with pytest.raises(Blocked):
        box.enter("12")
    with pytest.raises(Blocked):
        box.enter("w")
    assert box.is_open is False
    box.reset()
    assert box.tries_left == 3
