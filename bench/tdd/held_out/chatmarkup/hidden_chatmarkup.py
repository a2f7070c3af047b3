import pytest
from chatmarkup import to_html


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        ("_a b c_ and *d e*", "<i>a b c</i> and <b>d e</b>"),
        ("_very *much* so_", "<i>very <b>much</b> so</i>"),
        ("(*x*)", "(<b>x</b>)"),
        ("*a*, _b_.", "<b>a</b>, <i>b</i>."),
        ("use `x_y_z` here", "use <code>x_y_z</code> here"),
        ("`a` and `b`", "<code>a</code> and <code>b</code>"),
        ("a\n\nb", "a<br><br>b"),
        ("*a*\n_b_", "<b>a</b><br><i>b</i>"),
    ],
)
def test_markup(text, html):
    assert to_html(text) == html


@pytest.mark.parametrize("text", ["3*4", "file_name", "_ a _", "__", "1 * 2", "x*y*z = 3"])
def test_plain(text):
    assert to_html(text) == text


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("<script>", "&lt;script&gt;"),
        ("R&D", "R&amp;D"),
        ("_<_", "<i>&lt;</i>"),
        ("`a && b`", "<code>a &amp;&amp; b</code>"),
    ],
)
def test_escapes(text, html):
    assert to_html(text) == html


def test_links():
    url = "http://localhost:8000/x_1/y"
    assert to_html(url) == f'<a href="{url}">{url}</a>'
    assert to_html(f"{url}, ok") == f'<a href="{url}">{url}</a>, ok'
    assert to_html(f"`{url}`") == f"<code>{url}</code>"


def test_mentions():
    span = '<span class="user">@{}</span>'
    assert to_html("@bob and @eve") == f"{span.format('bob')} and {span.format('eve')}"
    assert to_html("`@bob`") == "<code>@bob</code>"
