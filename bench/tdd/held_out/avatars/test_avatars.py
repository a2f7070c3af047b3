"""Initials are shown when a user has no photo."""

from avatars import initials


def test_first_and_last_name() -> None:
    assert initials("Ada Lovelace") == "AL"


def test_middle_names_are_ignored() -> None:
    assert initials("Grace Brewster Murray Hopper") == "GH"


def test_single_name() -> None:
    assert initials("Plato") == "P"


def test_lower_case_input() -> None:
    assert initials("linus torvalds") == "LT"


def test_surrounding_and_double_spaces() -> None:
    assert initials("  Alan   Turing ") == "AT"


def test_missing_name() -> None:
    assert initials("") == "?"
    assert initials("   ") == "?"
    assert initials(None) == "?"
