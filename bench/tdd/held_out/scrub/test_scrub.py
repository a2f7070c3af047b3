"""Secrets must not reach the log files.

Values of password, token and secret are replaced by three asterisks, whether they are
written as key=value or key: value. So is what follows "Bearer". Keys are matched in any case.
A value ends at whitespace, a comma or an ampersand.
"""

from scrub import scrub


def test_key_value():
    assert scrub("login user=bob password=hunter2") == "login user=bob password=***"


def test_colon():
    assert scrub("token: abc123") == "token: ***"


def test_case_of_the_key_is_kept():
    assert scrub("PASSWORD=x Secret=y") == "PASSWORD=*** Secret=***"


def test_value_ends_at_comma_or_ampersand():
    assert scrub("GET /?token=abc&page=2") == "GET /?token=***&page=2"
    assert scrub("password=a1, user=bob") == "password=***, user=bob"


def test_bearer():
    assert scrub("Authorization: Bearer eyJhbGciOi.J9") == "Authorization: Bearer ***"


def test_other_lines_are_not_touched():
    line = "user=bob asked for 3 tokens and a password reset"
    assert scrub(line) == line


def test_every_secret_of_a_line():
    assert scrub("token=a token=b") == "token=*** token=***"
