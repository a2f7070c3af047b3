"""The five fields of a crontab line: minute, hour, day of month, month, day of week.

A field is a comma-separated list of *, N, A-B, each with an optional step (*/5, 10-40/10).
Sunday is 0. A time matches if all five fields match.
"""

from datetime import datetime

import pytest
from crontime import expand, matches


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("*", [0, 1, 2, 3, 4, 5, 6]),
        ("3", [3]),
        ("1-4", [1, 2, 3, 4]),
        ("5,1,5", [1, 5]),
        ("*/2", [0, 2, 4, 6]),
        ("1-6/3", [1, 4]),
        ("0,2-4,6", [0, 2, 3, 4, 6]),
    ],
)
def test_expand(field, values):
    assert expand(field, 0, 6) == values


def test_step_starts_at_the_lowest_value():
    assert expand("*/5", 1, 12) == [1, 6, 11]


@pytest.mark.parametrize("field", ["7", "-1", "3-1", "x", "", "1,,2", "*/0", "1-9"])
def test_invalid_fields(field):
    with pytest.raises(ValueError):
        expand(field, 0, 6)


def test_matches():
    monday = datetime(2024, 3, 4, 9, 30)
    assert matches("* * * * *", monday)
    assert matches("30 9 * * *", monday)
    assert matches("*/15 8-17 * * 1-5", monday)
    assert matches("30 9 4 3 1", monday)
    assert not matches("31 9 * * *", monday)
    assert not matches("30 9 * * 0,6", monday)
    assert not matches("30 9 5 * 1", monday)


def test_five_fields_are_needed():
    with pytest.raises(ValueError, match="five fields"):
        matches("* * * *", datetime(2024, 3, 4))
