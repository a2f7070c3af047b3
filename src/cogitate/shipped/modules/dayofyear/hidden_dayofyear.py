from datetime import date

from dayofyear import day_of_year


def test_days():
    assert day_of_year(date(2022, 1, 31)) == 31
    assert day_of_year(date(2023, 3, 1)) == 60
    assert day_of_year(date(2024, 3, 1)) == 61
    assert day_of_year(date(2021, 7, 4)) == 185
