"""counted(n, noun) writes a number with its noun, as in "3 files deleted".

Plural: "es" after s, x, ch and sh; "ies" for a y that follows a consonant; "s" otherwise.
An irregular plural can be passed.
"""

from counted import counted


def test_one_is_singular():
    assert counted(1, "file") == "1 file"


def test_zero_and_many_are_plural():
    assert counted(0, "file") == "0 files"
    assert counted(2, "file") == "2 files"


def test_es():
    assert counted(2, "box") == "2 boxes"
    assert counted(3, "branch") == "3 branches"


def test_y():
    assert counted(5, "entry") == "5 entries"
    assert counted(5, "key") == "5 keys"


def test_irregular():
    assert counted(2, "person", "people") == "2 people"
    assert counted(1, "person", "people") == "1 person"
