"""The consonants in front move to the end, then "ay" is added; in front of a vowel nothing moves,
and "way" is added."""

from piglatin import translate


def test_one_consonant():
    assert translate("pig") == "igpay"


def test_several_consonants():
    assert translate("string") == "ingstray"


def test_vowel():
    assert translate("apple") == "appleway"


def test_each_word():
    assert translate("the old man") == "ethay oldway anmay"


def test_no_words():
    assert translate("") == ""
