import pytest
from waitingline import WaitingLine


@pytest.fixture
def line():
    line = WaitingLine()
    line.join("ann")
    line.join("ben")
    line.join("cem")
    return line


def test_first_come_first_served(line):
    assert line.serve() == "ann"
    assert line.serve() == "ben"
    assert len(line) == 1


def test_position_counts_from_one(line):
    assert line.position("ann") == 1
    assert line.position("cem") == 3
    assert line.position("zoe") is None


def test_leaving(line):
    line.leave("ben")
    assert line.position("cem") == 2
    with pytest.raises(ValueError):
        line.leave("ben")


def test_nobody_waits_twice(line):
    assert WaitingLine().serve() is None
    with pytest.raises(ValueError, match="ann is waiting"):
        line.join("ann")
