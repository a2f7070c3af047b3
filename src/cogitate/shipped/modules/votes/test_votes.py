"""Who has the most votes wins; names are compared without regard to case and blanks around them."""

import pytest
from votes import count_votes, winner


def test_count_votes():
    assert count_votes(["Ann", "Bob", "ann "]) == {"ann": 2, "bob": 1}


def test_empty_ballots_do_not_count():
    assert count_votes(["", "Bob", "  "]) == {"bob": 1}


def test_winner():
    assert winner(["Ann", "Bob", "ANN"]) == "ann"


def test_tie_has_no_winner():
    assert winner(["Ann", "Bob"]) is None


def test_nobody_voted():
    with pytest.raises(ValueError, match="no votes"):
        winner([""])
