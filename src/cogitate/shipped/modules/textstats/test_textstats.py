"""A sentence ends with one or more of . ! ?"""

import pytest
from textstats import average_word_length, sentences, words

TEXT = "Stop! Who goes there? It is only me..."


def test_words_have_no_punctuation():
    assert words(TEXT) == ["Stop", "Who", "goes", "there", "It", "is", "only", "me"]


def test_apostrophe_belongs_to_the_word():
    assert words("Don't go.") == ["Don't", "go"]


def test_sentences():
    assert sentences(TEXT) == ["Stop!", "Who goes there?", "It is only me..."]


def test_last_sentence_may_lack_its_end():
    assert sentences("One. Two") == ["One.", "Two"]


def test_average_word_length():
    assert average_word_length("to be or not") == pytest.approx(2.25)
    assert average_word_length("") == 0
