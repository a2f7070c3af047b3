import pytest
from votes import count_votes, winner


def test_count_votes():
    assert count_votes([]) == {}
    assert count_votes([" Eve", "EVE", "eve", "Dan"]) == {"eve": 3, "dan": 1}


def test_winner():
    assert winner(["Dan", "Eve", "dan ", ""]) == "dan"
    assert winner(["Solo"]) == "solo"


def test_tie():
    assert winner(["a", "b", "c", "a", "b"]) is None
    assert winner(["a", "b", "c", "c"]) == "c"


def test_nobody_voted():
    with pytest.raises(ValueError, match="no votes"):
        winner([])
    with pytest.raises(ValueError, match="no votes"):
        winner(["  ", ""])
