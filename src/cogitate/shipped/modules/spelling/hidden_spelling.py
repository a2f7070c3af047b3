import pytest
from spelling import read, spell

GERMAN = {"a": "anton", "n": "nordpol", "u": "ulrich"}


def test_spell():
    assert spell("Anna", GERMAN) == "anton nordpol nordpol anton"
    assert spell("0189", GERMAN) == "zero one eight nine"
    assert spell("u3u5", GERMAN) == "ulrich three ulrich five"


def test_no_word():
    with pytest.raises(KeyError):
        spell("anz", GERMAN)


def test_read():
    assert read("nordpol Ulrich seven six", GERMAN) == "nu76"
    assert read("", GERMAN) == ""
    assert read(spell("unna2", GERMAN), GERMAN) == "unna2"


def test_unknown_word():
    with pytest.raises(ValueError, match="berta"):
        read("anton berta", GERMAN)
