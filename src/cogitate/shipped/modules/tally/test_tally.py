import pytest
from tally import Tally


@pytest.fixture
def tally():
    tally = Tally()
    tally.add("tea")
    tally.add("coffee", 3)
    tally.add("tea")
    return tally


def test_counts(tally):
    assert tally.count("tea") == 2
    assert tally.count("coffee") == 3
    assert tally.count("juice") == 0


def test_total(tally):
    assert tally.total() == 5


def test_leader_has_the_highest_count(tally):
    assert tally.leader() == "coffee"


def test_empty():
    assert Tally().total() == 0
    assert Tally().leader() is None


def test_only_positive_amounts(tally):
    with pytest.raises(ValueError):
        tally.add("tea", 0)
