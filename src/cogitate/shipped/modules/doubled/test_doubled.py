from doubled import double_letters


def test_each_character_twice():
    assert double_letters("abc") == "aabbcc"


def test_blanks_too():
    assert double_letters("a b") == "aa  bb"


def test_empty():
    assert double_letters("") == ""
