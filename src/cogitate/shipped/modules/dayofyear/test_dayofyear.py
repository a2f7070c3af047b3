from datetime import date

from dayofyear import day_of_year


def test_first_day():
    assert day_of_year(date(2023, 1, 1)) == 1


def test_february():
    assert day_of_year(date(2023, 2, 3)) == 34


def test_last_day():
    assert day_of_year(date(2023, 12, 31)) == 365
    assert day_of_year(date(2024, 12, 31)) == 366
