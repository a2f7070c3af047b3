from datetime import date

import pytest
from daynames import ordinal, pretty_date

TODAY = date(2024, 5, 15)


@pytest.mark.parametrize(
    ("n", "text"),
    [(1, "1st"), (2, "2nd"), (3, "3rd"), (4, "4th"), (11, "11th"), (12, "12th"), (22, "22nd")],
)
def test_ordinal(n, text):
    assert ordinal(n) == text


def test_this_year():
    assert pretty_date(date(2024, 3, 1), today=TODAY) == "Fri 1st March"


def test_other_years():
    assert pretty_date(date(2023, 12, 22), today=TODAY) == "Fri 22nd December 2023"


def test_near_days_have_names():
    assert pretty_date(date(2024, 5, 15), today=TODAY) == "today"
    assert pretty_date(date(2024, 5, 14), today=TODAY) == "yesterday"
    assert pretty_date(date(2024, 5, 16), today=TODAY) == "tomorrow"
