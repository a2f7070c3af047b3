from topwords import top_words

TEXT = "The cat and the dog. The dog barks, and the cat runs!"


def test_most_frequent_first():
    assert top_words(TEXT, 1) == [("the", 4)]


def test_ties_are_in_alphabetical_order():
    assert top_words(TEXT, 4) == [("the", 4), ("and", 2), ("cat", 2), ("dog", 2)]


def test_fewer_words_than_wanted():
    assert top_words("Yes. No? Yes!", 10) == [("yes", 2), ("no", 1)]


def test_no_words():
    assert top_words("... !", 3) == []
