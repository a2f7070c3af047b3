import pytest
from mailheaders import parse_headers


def test_one_header():
    assert parse_headers("TO:   bob@example.org  ") == {"to": "bob@example.org"}


def test_no_headers():
    assert parse_headers("") == {}


def test_two_continuations():
    text = "Subject: a\n b\n\tc\nTo: x"
    assert parse_headers(text) == {"subject": "a b c", "to": "x"}


def test_url():
    assert parse_headers("Link: http://a.b/c")["link"] == "http://a.b/c"


def test_bad_line():
    with pytest.raises(ValueError, match="line 1"):
        parse_headers("oops")
    with pytest.raises(ValueError, match="line 3"):
        parse_headers("A: 1\nB: 2\nC 3")
