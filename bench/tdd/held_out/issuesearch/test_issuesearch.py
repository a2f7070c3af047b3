"""Search box of an issue tracker: words, "phrases", field:value and -exclusions."""

import pytest
from issuesearch import Query, parse, search

ISSUES = [
    {"id": 1, "title": "Crash on start", "label": "bug", "author": "ann"},
    {"id": 2, "title": "Start page is slow", "label": "speed", "author": "bob"},
    {"id": 3, "title": "Dark mode for the start page", "label": "idea", "author": "ann"},
]


def test_parse_words() -> None:
    assert parse("crash START") == Query(words=["crash", "start"], fields={}, excluded=[])


def test_parse_phrase() -> None:
    assert parse('"Start Page" slow').words == ["start page", "slow"]


def test_parse_fields() -> None:
    query = parse("label:bug crash author:ann")
    assert query.fields == {"label": "bug", "author": "ann"}
    assert query.words == ["crash"]


def test_field_with_quotes() -> None:
    assert parse('label:"good first issue"').fields == {"label": "good first issue"}


def test_parse_exclusions() -> None:
    assert parse('-slow -"dark mode"').excluded == ["slow", "dark mode"]


def test_parse_nothing() -> None:
    assert parse("  ") == Query(words=[], fields={}, excluded=[])


def test_unclosed_quote() -> None:
    with pytest.raises(ValueError, match="unclosed quote"):
        parse('"start page')


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("start", [1, 2, 3]),
        ('"start page"', [2, 3]),
        ("start -slow", [1, 3]),
        ("author:ann", [1, 3]),
        ("author:ann start label:BUG", [1]),
        ("page slow", [2]),
        ("", [1, 2, 3]),
        ("label:bug author:bob", []),
        ("color:red", []),
    ],
)
def test_search(text: str, ids: list[int]) -> None:
    """All words must occur in the title; case does not matter."""
    assert [issue["id"] for issue in search(ISSUES, text)] == ids
