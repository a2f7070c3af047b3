import pytest
from headings import anchor, outline, toc


def test_outline_skips_every_fence():
    text = "# A\n```python\n# one\n```\ntext\n```\n## two\n```\n## B\n"
    assert outline(text) == [(1, "A"), (2, "B")]


def test_outline_of_nothing():
    assert outline("") == []
    assert outline("plain\n#nospace") == []


def test_title_may_contain_hashes():
    assert outline("## Why C# and F#?") == [(2, "Why C# and F#?")]


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Hello", "hello"),
        ("API v2 (beta)", "api-v2-beta"),
        ("Already kebab-case", "already-kebab-case"),
        ("a / b", "a--b"),
        ("Step 1: go!", "step-1-go"),
    ],
)
def test_anchor(title, expected):
    assert anchor(title) == expected


def test_three_times_the_same():
    text = "## Notes\n## Notes\n### Other\n## Notes\n"
    assert toc(text).split("\n") == [
        "- [Notes](#notes)",
        "- [Notes](#notes-1)",
        "  - [Other](#other)",
        "- [Notes](#notes-2)",
    ]


def test_depth():
    text = "# T\n## A\n### B\n#### C\n"
    assert toc(text).split("\n") == ["- [A](#a)", "  - [B](#b)", "    - [C](#c)"]


def test_only_a_title():
    assert toc("# Title\n") == ""
