import pytest
from mailheaders import parse_headers

MAIL = """\
From: Ada <ada@example.org>
Subject: Lunch
  on Monday
X-Empty:
"""


def test_values():
    assert parse_headers(MAIL)["from"] == "Ada <ada@example.org>"


def test_names_are_small_letters():
    assert list(parse_headers(MAIL)) == ["from", "subject", "x-empty"]


def test_indented_line_continues_the_one_before():
    assert parse_headers(MAIL)["subject"] == "Lunch on Monday"


def test_value_may_be_empty_or_have_colons():
    assert parse_headers(MAIL)["x-empty"] == ""
    assert parse_headers("Date: 12:30:00") == {"date": "12:30:00"}


def test_line_without_colon():
    with pytest.raises(ValueError, match="line 2"):
        parse_headers("To: bob\nnonsense")
