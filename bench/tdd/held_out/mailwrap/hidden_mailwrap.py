import pytest
from mailwrap import wrap_mail


@pytest.mark.parametrize(
    ("text", "width", "expected"),
    [
        ("one two three four\n", 9, "one two\nthree\nfour\n"),
        ("one two three four\n", 8, "one two\nthree\nfour\n"),
        ("one two three four\n", 18, "one two three four\n"),
        ("one two three four\n", 17, "one two three\nfour\n"),
        ("word\n", 2, "word\n"),
        ("x y\n\nz\n", 1, "x\ny\n\nz\n"),
    ],
)
def test_paragraphs(text, width, expected):
    assert wrap_mail(text, width=width) == expected


def test_items_follow_each_other_without_blank_lines():
    text = "- alpha beta gamma\n- delta\n- epsilon zeta\n"
    expected = "- alpha\n  beta\n  gamma\n- delta\n- epsilon\n  zeta\n"
    assert wrap_mail(text, width=9) == expected


def test_text_before_items():
    text = "To do\ntoday:\n- wash\n- cook\n"
    assert wrap_mail(text, width=20) == "To do today:\n- wash\n- cook\n"


def test_quotes_end_a_paragraph():
    text = "yes\nand no\n> really?  are you sure?\n>> maybe\nI am\nsure\n"
    expected = "yes and no\n> really?  are you sure?\n>> maybe\nI am sure\n"
    assert wrap_mail(text, width=12) == expected


def test_blank_lines_between_items_and_quotes():
    text = "- a b c d\n\n\n> q\n\ntext\n"
    assert wrap_mail(text, width=5) == "- a b\n  c d\n\n> q\n\ntext\n"


def test_dash_inside_a_line_is_no_item():
    assert wrap_mail("a\nb - c\n", width=20) == "a b - c\n"
