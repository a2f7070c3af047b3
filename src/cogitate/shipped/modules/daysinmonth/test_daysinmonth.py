from daysinmonth import days_in_month


def test_long_and_short_months():
    assert days_in_month(2023, 1) == 31
    assert days_in_month(2023, 4) == 30


def test_february():
    assert days_in_month(2023, 2) == 28
    assert days_in_month(2024, 2) == 29
