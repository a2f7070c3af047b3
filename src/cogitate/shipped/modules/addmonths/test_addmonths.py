from datetime import date

from addmonths import add_months


def test_same_year():
    assert add_months(date(2023, 1, 15), 2).isoformat() == "2023-03-15"


def test_next_year():
    assert add_months(date(2023, 11, 5), 3).isoformat() == "2024-02-05"


def test_short_month_ends_earlier():
    assert add_months(date(2023, 1, 31), 1).isoformat() == "2023-02-28"
    assert add_months(date(2024, 1, 31), 1).isoformat() == "2024-02-29"


def test_back():
    assert add_months(date(2023, 1, 10), -1).isoformat() == "2022-12-10"


def test_nothing():
    assert add_months(date(2023, 5, 5), 0).isoformat() == "2023-05-05"
