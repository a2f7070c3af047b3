"""Letters are spelled with words of a table; digits with their English names."""

import pytest
from spelling import read, spell

TABLE = {"a": "alfa", "b": "bravo", "c": "charlie", "x": "x-ray"}


def test_spell():
    assert spell("abc", TABLE) == "alfa bravo charlie"
    assert spell("A2", TABLE) == "alfa two"
    assert spell("", TABLE) == ""


def test_no_word():
    with pytest.raises(KeyError):
        spell("ab?", TABLE)


def test_read():
    assert read("bravo alfa x-ray", TABLE) == "bax"
    assert read("Charlie FOUR", TABLE) == "c4"


def test_unknown_word():
    with pytest.raises(ValueError, match="zulu"):
        read("alfa zulu", TABLE)
