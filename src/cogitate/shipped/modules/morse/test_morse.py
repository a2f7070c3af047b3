"""Letters are separated by a blank, words by " / "."""

import pytest
from morse import decode, encode

# All letters:
ALPHABET = "abcdefghijklmnopqrstuvwxyz"
CODE = (
    ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- "
    "-..- -.-- --.."
)


def test_alphabet():
    assert encode(ALPHABET) == CODE
    assert decode(CODE) == ALPHABET


def test_words():
    assert encode("go up") == "--. --- / ..- .--."
    assert decode("--. --- / ..- .--.") == "go up"


def test_capitals_have_the_same_code():
    assert encode("SOS") == "... --- ..."


def test_no_code():
    with pytest.raises(ValueError):
        encode("a+b")
    with pytest.raises(ValueError):
        decode(".- .-.-.-.-")
