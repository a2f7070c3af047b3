import pytest
from elevator import Elevator


@pytest.fixture
def lift():
    return Elevator(top=5)


def test_calls_are_served_in_order(lift):
    lift.call(3)
    lift.call(1)
    assert lift.step() == 3
    assert lift.step() == 1
    assert lift.floor == 1


def test_stays_on_the_ground_without_a_call(lift):
    assert lift.floor == 0
    assert lift.step() == 0


def test_same_floor_is_queued_once(lift):
    lift.call(2)
    lift.call(4)
    lift.call(2)
    assert lift.pending() == [2, 4]


@pytest.mark.parametrize("floor", [-1, 6])
def test_no_such_floor(lift, floor):
    with pytest.raises(ValueError):
        lift.call(floor)
