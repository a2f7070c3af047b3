from datetime import date

import pytest
from daynames import ordinal, pretty_date


@pytest.mark.parametrize(
    ("n", "text"),
    [
        (5, "5th"),
        (9, "9th"),
        (10, "10th"),
        (13, "13th"),
        (20, "20th"),
        (21, "21st"),
        (23, "23rd"),
        (30, "30th"),
        (31, "31st"),
    ],
)
def test_ordinal(n, text):
    assert ordinal(n) == text


@pytest.mark.parametrize(
    ("day", "today", "text"),
    [
        (date(2024, 2, 29), date(2024, 6, 1), "Thu 29th February"),
        (date(2025, 1, 1), date(2024, 6, 1), "Wed 1st January 2025"),
        (date(2024, 7, 13), date(2024, 6, 1), "Sat 13th July"),
        (date(2024, 1, 1), date(2023, 12, 31), "tomorrow"),
        (date(2023, 12, 31), date(2024, 1, 1), "yesterday"),
        (date(2024, 2, 29), date(2024, 3, 1), "yesterday"),
        (date(2024, 6, 3), date(2024, 6, 1), "Mon 3rd June"),
    ],
)
def test_dates(day, today, text):
    assert pretty_date(day, today=today) == text
