from datetime import date

import pytest
from ages import age_on

BORN = date(1990, 6, 15)


def test_day_before_birthday() -> None:
    assert age_on(BORN, date(2020, 6, 14)) == 29


def test_birthday() -> None:
    assert age_on(BORN, date(2020, 6, 15)) == 30


def test_earlier_and_later_month() -> None:
    assert age_on(BORN, date(2020, 1, 31)) == 29
    assert age_on(BORN, date(2020, 12, 1)) == 30


def test_day_of_birth() -> None:
    assert age_on(BORN, BORN) == 0


def test_leap_day_birthday_counts_from_march_first_in_other_years() -> None:
    assert age_on(date(2004, 2, 29), date(2022, 2, 28)) == 17
    assert age_on(date(2004, 2, 29), date(2022, 3, 1)) == 18
    assert age_on(date(2004, 2, 29), date(2024, 2, 29)) == 20


def test_not_born_yet() -> None:
    with pytest.raises(ValueError, match="before birth"):
        age_on(BORN, date(1990, 6, 14))
