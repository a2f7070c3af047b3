from capitalized import capitalize_words


def test_first_letters_become_capitals():
    assert capitalize_words("the old house") == "The Old House"


def test_other_letters_stay():
    assert capitalize_words("a NASA mission") == "A NASA Mission"


def test_apostrophe():
    assert capitalize_words("don't stop") == "Don't Stop"
