import pytest
from textstats import average_word_length, sentences, words


def test_words():
    assert words("Well, it's late; go (home)!") == ["Well", "it's", "late", "go", "home"]
    assert words(" ... ") == []


def test_sentences():
    assert sentences("What?! No way. Bye") == ["What?!", "No way.", "Bye"]
    assert sentences("Only one") == ["Only one"]
    assert sentences("") == []
    assert sentences("A.  B!") == ["A.", "B!"]


def test_average_word_length():
    assert average_word_length("Hi, you!") == pytest.approx(2.5)
    assert average_word_length("four") == 4
    assert average_word_length("?!") == 0
