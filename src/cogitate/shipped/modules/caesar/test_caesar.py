"""Each letter is replaced by the one that stands `shift` places behind it; after z comes a."""

from caesar import decrypt, encrypt


def test_encrypt():
    assert encrypt("abc", 1) == "bcd"
    assert encrypt("xyz", 3) == "abc"


def test_capitals_stay_capitals():
    assert encrypt("Zebra", 2) == "Bgdtc"


def test_other_characters_stay():
    assert encrypt("Hi, Bob! 42", 1) == "Ij, Cpc! 42"


def test_decrypt():
    assert decrypt("bcd", 1) == "abc"
    assert decrypt("Ij, Cpc! 42", 1) == "Hi, Bob! 42"
