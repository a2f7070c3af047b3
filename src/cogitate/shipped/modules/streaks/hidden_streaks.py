import pytest
from streaks import current_streak, longest_streak


def test_longest_streak_of_wins():
    assert longest_streak("W") == 1
    assert longest_streak("WLWLW") == 1
    assert longest_streak("LLWWWWLWWW") == 4
    assert longest_streak("LWWWWW") == 5


def test_current_streak():
    assert current_streak("WWWW") == "4 wins"
    assert current_streak("L") == "1 loss"
    assert current_streak("LLWLL") == "2 losses"
    assert current_streak("LLLLW") == "1 win"


def test_other_letters():
    with pytest.raises(ValueError):
        longest_streak("W L")
    with pytest.raises(ValueError):
        longest_streak("wl")
