from zigzagcase import zigzag


def test_every_second_letter_is_a_capital():
    assert zigzag("hello") == "hElLo"


def test_capitals_may_become_small():
    assert zigzag("ABCD") == "aBcD"


def test_empty():
    assert zigzag("") == ""
