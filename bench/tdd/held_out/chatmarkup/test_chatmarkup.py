"""Markup of chat messages, rendered as HTML."""

import pytest
from chatmarkup import to_html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("plain", "plain"),
        ("*bold*", "<b>bold</b>"),
        ("_italic_", "<i>italic</i>"),
        ("`code`", "<code>code</code>"),
        ("a *b* c *d*", "a <b>b</b> c <b>d</b>"),
        ("*bold _both_*", "<b>bold <i>both</i></b>"),
        ("line 1\nline 2", "line 1<br>line 2"),
    ],
)
def test_styles(text, html):
    assert to_html(text) == html


@pytest.mark.parametrize("text", ["2 * 3 * 4", "snake_case_name", "*open", "**", "5*6*7", "a ` b"])
def test_no_markup(text):
    """Marks must hug their text, and stand at the edge of a word."""
    assert to_html(text) == text


def test_nothing_is_marked_up_inside_code():
    assert to_html("`*a* _b_`") == "<code>*a* _b_</code>"


def test_html_is_escaped():
    assert to_html("a < b & c") == "a &lt; b &amp; c"
    assert to_html("*<i>*") == "<b>&lt;i&gt;</b>"
    assert to_html("`<b>`") == "<code>&lt;b&gt;</code>"


def test_links():
    url = "https://example.org/a_b_c?x=1"
    assert to_html(f"see {url}.") == f'see <a href="{url}">{url}</a>.'


def test_mentions():
    assert to_html("hi @ada!") == 'hi <span class="user">@ada</span>!'
    assert to_html("mail me@example.org") == "mail me@example.org"
