from datetime import date

import pytest
from changelog import Release, bump, parse, render


def test_only_a_title():
    assert parse("# Changelog\n") == []


def test_release_without_changes():
    text = "# Changelog\n\n## 0.1.0 - 2020-02-29\n"
    assert parse(text) == [Release("0.1.0", date(2020, 2, 29), {})]
    assert render(parse(text)) == text


def test_blank_lines_do_not_matter():
    text = "# Changelog\n\n\n## 2.0.0 - 2024-12-31\n\n### Removed\n\n- old API\n\n- old CLI\n"
    removed = {"Removed": ["old API", "old CLI"]}
    assert parse(text) == [Release("2.0.0", date(2024, 12, 31), removed)]


def test_render():
    releases = [
        Release("Unreleased", None, {"Fixed": ["a - b"], "Added": ["c"]}),
        Release("0.9.1", date(2019, 1, 5), {"Fixed": ["d"]}),
    ]
    assert render(releases) == (
        "# Changelog\n\n"
        "## Unreleased\n### Fixed\n- a - b\n### Added\n- c\n\n"
        "## 0.9.1 - 2019-01-05\n### Fixed\n- d\n"
    )
    assert parse(render(releases)) == releases


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("# Changelog\n\n## Unreleased\n\n- lost\n", 5),
        ("## 1.1.0 - 2024-01-02\n### Added\n- x\n\n## 1.0.0 - 2024-01-01\n- lost\n", 6),
    ],
)
def test_entry_outside_of_a_section(text, line):
    with pytest.raises(ValueError, match=f"line {line}"):
        parse(text)


@pytest.mark.parametrize(
    ("version", "changes", "expected"),
    [
        ("0.9.9", {"Fixed": ["x"]}, "0.9.10"),
        ("1.9.7", {"Added": ["x"]}, "1.10.0"),
        ("9.4.1", {"Removed": ["x"]}, "10.0.0"),
        ("3.0.0", {"Added": ["a"], "Removed": ["b"], "Fixed": ["c"]}, "4.0.0"),
    ],
)
def test_bump(version, changes, expected):
    assert bump(version, changes) == expected
