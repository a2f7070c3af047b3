"""Results are given as a text of W (won) and L (lost)."""

import pytest
from streaks import current_streak, longest_streak


def test_longest_streak_of_wins():
    assert longest_streak("WWLWWWL") == 3
    assert longest_streak("LLL") == 0
    assert longest_streak("") == 0


def test_current_streak():
    assert current_streak("WLWW") == "2 wins"
    assert current_streak("WWLLL") == "3 losses"
    assert current_streak("LW") == "1 win"
    assert current_streak("WL") == "1 loss"


def test_no_games():
    assert current_streak("") == "no games"


def test_other_letters():
    with pytest.raises(ValueError):
        longest_streak("WDL")
