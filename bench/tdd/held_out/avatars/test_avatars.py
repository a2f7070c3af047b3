"""Initials for the round placeholder that we show when a user has no photo.

First letter of the first and of the last word of the name, in capitals.
"""

from avatars import initials


def test_first_and_last_name():
    assert initials("Ada Lovelace") == "AL"


def test_middle_names_are_ignored():
    assert initials("Grace Brewster Murray Hopper") == "GH"


def test_single_name():
    assert initials("Plato") == "P"


def test_lower_case_input():
    assert initials("linus torvalds") == "LT"


def test_surrounding_and_double_spaces():
    assert initials("  Alan   Turing ") == "AT"


def test_missing_name():
    assert initials("") == "?"
    assert initials("   ") == "?"
    assert initials(None) == "?"
