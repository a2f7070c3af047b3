from datetime import datetime

import pytest
from crontime import expand, matches


@pytest.mark.parametrize(
    ("field", "low", "high", "values"),
    [
        ("*/20", 0, 59, [0, 20, 40]),
        ("10-40/10", 0, 59, [10, 20, 30, 40]),
        ("*/7", 1, 31, [1, 8, 15, 22, 29]),
        ("12", 1, 12, [12]),
        ("1-3,2-5", 1, 12, [1, 2, 3, 4, 5]),
        ("4-4", 0, 6, [4]),
        ("*/100", 0, 59, [0]),
        ("50-59/5,0", 0, 59, [0, 50, 55]),
    ],
)
def test_expand(field, low, high, values):
    assert expand(field, low, high) == values


@pytest.mark.parametrize("field", ["0", "13", "1-13", "0-3", "a-b", "1-", "*/x", "2,", "*/-1"])
def test_invalid_months(field):
    with pytest.raises(ValueError):
        expand(field, 1, 12)


@pytest.mark.parametrize(
    ("line", "when", "expected"),
    [
        ("0 0 1 1 *", datetime(2025, 1, 1, 0, 0), True),
        ("0 0 1 1 *", datetime(2025, 1, 1, 0, 1), False),
        ("0 12 * * 0", datetime(2024, 3, 3, 12, 0), True),
        ("0 12 * * 6", datetime(2024, 3, 2, 12, 0), True),
        ("0 12 * * 6", datetime(2024, 3, 3, 12, 0), False),
        ("59 23 31 12 *", datetime(2023, 12, 31, 23, 59), True),
        ("5-10 * * */2 *", datetime(2024, 5, 9, 4, 7), True),
        ("5-10 * * */2 *", datetime(2024, 4, 9, 4, 7), False),
        ("*   *   29 2 *", datetime(2024, 2, 29), True),
    ],
)
def test_matches(line, when, expected):
    assert bool(matches(line, when)) is expected


@pytest.mark.parametrize("line", ["60 * * * *", "* 24 * * *", "* * 32 * *", "* * * 13 *"])
def test_bad_field_in_a_line(line):
    with pytest.raises(ValueError):
        matches(line, datetime(2024, 1, 1))


def test_six_fields():
    with pytest.raises(ValueError, match="five fields"):
        matches("* * * * * *", datetime(2024, 1, 1))
