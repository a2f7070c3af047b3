from linecount import count_lines

POEM = "roses are red\n\nviolets are blue\n   \n"


def test_blank_lines_do_not_count():
    assert count_lines(POEM) == 2


def test_one_line():
    assert count_lines("hello") == 1


def test_nothing():
    assert count_lines("") == 0
