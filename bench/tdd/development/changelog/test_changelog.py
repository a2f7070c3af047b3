from datetime import date

import pytest
from changelog import Release, bump, parse, render

TEXT = """\
# Changelog

## Unreleased
### Added
- export to CSV

## 1.2.0 - 2024-03-01
### Added
- dark mode
- keyboard shortcuts
### Fixed
- crash on empty files

## 1.1.0 - 2023-11-20
### Fixed
- typos
"""


def test_parse():
    assert parse(TEXT) == [
        Release("Unreleased", None, {"Added": ["export to CSV"]}),
        Release(
            "1.2.0",
            date(2024, 3, 1),
            {"Added": ["dark mode", "keyboard shortcuts"], "Fixed": ["crash on empty files"]},
        ),
        Release("1.1.0", date(2023, 11, 20), {"Fixed": ["typos"]}),
    ]


def test_render_is_the_reverse():
    assert render(parse(TEXT)) == TEXT


def test_entry_outside_of_a_section():
    with pytest.raises(ValueError, match="line 2"):
        parse("## 1.0.0 - 2024-01-01\n- lost\n")


@pytest.mark.parametrize(
    ("version", "changes", "expected"),
    [
        ("1.2.3", {"Fixed": ["x"]}, "1.2.4"),
        ("1.2.3", {"Added": ["x"], "Fixed": ["y"]}, "1.3.0"),
        ("1.2.3", {"Fixed": ["y"], "Removed": ["x"]}, "2.0.0"),
    ],
    ids=["fix", "feature", "breaking"],
)
def test_bump(version, changes, expected):
    assert bump(version, changes) == expected
