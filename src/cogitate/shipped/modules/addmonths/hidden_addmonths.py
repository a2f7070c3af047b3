from datetime import date

from addmonths import add_months


def test_forward():
    assert add_months(date(2023, 12, 1), 1).isoformat() == "2024-01-01"
    assert add_months(date(2023, 8, 31), 1).isoformat() == "2023-09-30"
    assert add_months(date(2023, 6, 20), 25).isoformat() == "2025-07-20"
    assert add_months(date(2024, 2, 29), 12).isoformat() == "2025-02-28"
    assert add_months(date(2023, 1, 1), 11).isoformat() == "2023-12-01"


def test_back():
    assert add_months(date(2023, 3, 31), -1).isoformat() == "2023-02-28"
    assert add_months(date(2023, 3, 31), -15).isoformat() == "2021-12-31"
