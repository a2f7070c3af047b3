import pytest
from elevator import Elevator


def test_trip():
    lift = Elevator(top=9)
    lift.call(9)
    lift.call(0)
    assert lift.pending() == [9, 0]
    assert lift.step() == 9
    assert lift.pending() == [0]
    assert lift.step() == 0
    assert lift.step() == 0
    assert lift.pending() == []


def test_floor_can_be_called_again_once_it_was_served():
    lift = Elevator(top=3)
    lift.call(2)
    lift.step()
    lift.call(1)
    lift.call(2)
    assert lift.pending() == [1, 2]
    assert lift.floor == 2


def test_no_such_floor():
    lift = Elevator(top=3)
    with pytest.raises(ValueError):
        lift.call(4)
    assert lift.pending() == []
