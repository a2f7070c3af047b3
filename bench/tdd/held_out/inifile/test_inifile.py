"""The part of the INI format that our installer needs. All values are strings."""

import pytest
from inifile import ParseError, parse


def test_basic():
    text = """
[server]
host = example.org
port=8080

[client]
name = My Client
"""
    assert parse(text) == {
        "server": {"host": "example.org", "port": "8080"},
        "client": {"name": "My Client"},
    }


def test_comments():
    text = "# top\n[a]\n; old style\n\nx = 1\n  # indented comment\n"
    assert parse(text) == {"a": {"x": "1"}}


def test_value_may_contain_equal_signs_and_hashes():
    assert parse("[a]\nq = x=1#2") == {"a": {"q": "x=1#2"}}


def test_empty_value_and_empty_section():
    assert parse("[a]\nx =\n[b]") == {"a": {"x": ""}, "b": {}}


def test_case():
    assert parse("[A]\nKey = 1\n[a]\nKEY = 2") == {"A": {"key": "1"}, "a": {"key": "2"}}


def test_quoted_value():
    assert parse('[a]\nx = "  padded "') == {"a": {"x": "  padded "}}


def test_reopened_section():
    assert parse("[a]\nx = 1\n[b]\n[a]\ny = 2") == {"a": {"x": "1", "y": "2"}, "b": {}}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1", "line 1: key outside of a section"),
        ("[a]\n\nnonsense", "line 3: expected key = value"),
        ("[a\nx = 1", "line 1: unclosed section"),
        ("[a]\nx = 1\nX = 2", "line 3: duplicate key x"),
    ],
)
def test_errors(text, message):
    with pytest.raises(ParseError) as info:
        parse(text)
    assert str(info.value) == message
