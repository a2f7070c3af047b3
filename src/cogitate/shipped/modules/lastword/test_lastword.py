from lastword import last_word


def test_last_word():
    assert last_word("the quick brown fox") == "fox"


def test_single_word():
    assert last_word("hello") == "hello"


def test_blanks_at_the_end():
    assert last_word("good morning  ") == "morning"


def test_no_word():
    assert last_word("") == ""
