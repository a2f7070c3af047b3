import pytest
from tally import Tally


def test_counting():
    tally = Tally()
    tally.add("x")
    tally.add("y", 2)
    tally.add("x", 4)
    assert tally.count("x") == 5
    assert tally.total() == 7
    assert tally.leader() == "x"
    assert Tally().count("x") == 0


def test_a_refused_amount_changes_nothing():
    tally = Tally()
    tally.add("x", 2)
    with pytest.raises(ValueError):
        tally.add("x", -1)
    with pytest.raises(ValueError):
        tally.add("x", 0)
    assert tally.count("x") == 2
    assert tally.leader() == "x"
