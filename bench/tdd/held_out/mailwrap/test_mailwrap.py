"""Paragraphs of a plain-text mail are wrapped to the width.

Lines that start with ">" (quotes) are left as they are. Items ("- ") get a hanging indent.
"""

from mailwrap import wrap_mail

TEXT = """\
Hello everybody,
this is a short note.

- bring the slides of last week
- coffee

> a quoted line stays exactly as long as it was
Bye
"""


def test_whole_mail():
    wrapped = """\
Hello everybody, this is
a short note.

- bring the slides of
  last week
- coffee

> a quoted line stays exactly as long as it was
Bye
"""
    assert wrap_mail(TEXT, width=24) == wrapped


def test_short_lines_are_joined_and_blanks_are_collapsed():
    assert wrap_mail("a\nb\nc\n", width=10) == "a b c\n"
    assert wrap_mail("a   b \n  c\n", width=10) == "a b c\n"


def test_long_words_are_never_broken():
    assert wrap_mail("see https://example.org/a/b ok\n", width=10) == (
        "see\nhttps://example.org/a/b\nok\n"
    )


def test_line_of_exactly_the_width():
    assert wrap_mail("aaa bbb ccc\n", width=7) == "aaa bbb\nccc\n"


def test_several_blank_lines_become_one():
    assert wrap_mail("a\n\n\n\nb\n", width=10) == "a\n\nb\n"


def test_item_may_continue_on_the_next_line():
    assert wrap_mail("- one two\nthree four\n", width=11) == "- one two\n  three\n  four\n"


def test_empty():
    assert wrap_mail("", width=10) == ""
