from wordlengths import word_lengths


def test_length_of_each_word():
    assert word_lengths("a bird sings") == {"a": 1, "bird": 4, "sings": 5}


def test_repeated_word():
    assert word_lengths("go go") == {"go": 2}


def test_no_words():
    assert word_lengths("") == {}
