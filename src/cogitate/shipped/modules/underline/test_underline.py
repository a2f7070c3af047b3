from underline import underline


def test_default_line():
    assert underline("Menu") == "Menu\n----"


def test_other_character():
    assert underline("Part 1", "=") == "Part 1\n======"


def test_one_letter():
    assert underline("A") == "A\n-"
