from avatars import initials


def test_three_words():
    assert initials("john von neumann") == "JN"


def test_one_letter_words():
    assert initials("x y") == "XY"


def test_single_lower_case_name():
    assert initials("  cher ") == "C"


def test_tab_between_names():
    assert initials("Barbara\tLiskov") == "BL"


def test_accents():
    assert initials("élise dupont") == "ÉD"


def test_only_whitespace():
    assert initials("\n\t") == "?"
