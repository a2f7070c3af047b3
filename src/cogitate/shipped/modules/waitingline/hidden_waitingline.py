import pytest
from waitingline import WaitingLine


def test_served_people_may_join_again():
    line = WaitingLine()
    line.join("a")
    line.join("b")
    assert line.serve() == "a"
    assert line.position("a") is None
    line.join("a")
    assert line.position("b") == 1
    assert line.position("a") == 2
    assert len(line) == 2


def test_until_empty():
    line = WaitingLine()
    assert len(line) == 0
    line.join("x")
    assert line.serve() == "x"
    assert line.serve() is None
    assert len(line) == 0


def test_errors_change_nothing():
    line = WaitingLine()
    line.join("x")
    with pytest.raises(ValueError, match="x is waiting"):
        line.join("x")
    with pytest.raises(ValueError):
        line.leave("y")
    assert len(line) == 1
