from daysinmonth import days_in_month


def test_months():
    assert days_in_month(2021, 12) == 31
    assert days_in_month(2021, 11) == 30
    assert days_in_month(2021, 8) == 31
    assert days_in_month(2020, 2) == 29
    assert days_in_month(1900, 2) == 28
    assert days_in_month(2000, 2) == 29
