"""Working days are Monday to Friday, except holidays."""

from datetime import date

import pytest
from workdays import add_workdays, count_workdays, is_workday, week_label

NEW_YEAR = date(2024, 1, 1)  # a Monday
HOLIDAYS = {NEW_YEAR, date(2024, 5, 1)}


def test_is_workday() -> None:
    assert is_workday(date(2024, 3, 8))  # Friday
    assert not is_workday(date(2024, 3, 9))
    assert not is_workday(date(2024, 3, 10))
    assert not is_workday(NEW_YEAR, holidays=HOLIDAYS)


def test_add_skips_weekends() -> None:
    assert add_workdays(date(2024, 3, 8), 1) == date(2024, 3, 11)
    assert add_workdays(date(2024, 3, 4), 10) == date(2024, 3, 18)


def test_add_skips_holidays() -> None:
    assert add_workdays(date(2024, 4, 30), 1, holidays=HOLIDAYS) == date(2024, 5, 2)


def test_add_backwards() -> None:
    assert add_workdays(date(2024, 3, 11), -1) == date(2024, 3, 8)


def test_add_zero_moves_a_day_off_to_the_next_workday() -> None:
    assert add_workdays(date(2024, 3, 9), 0) == date(2024, 3, 11)
    assert add_workdays(date(2024, 3, 7), 0) == date(2024, 3, 7)


def test_count_includes_both_ends() -> None:
    assert count_workdays(date(2024, 3, 4), date(2024, 3, 8)) == 5
    assert count_workdays(date(2024, 3, 4), date(2024, 3, 17)) == 10
    assert count_workdays(date(2023, 12, 29), date(2024, 1, 2), holidays=HOLIDAYS) == 2
    with pytest.raises(ValueError):
        count_workdays(date(2024, 3, 8), date(2024, 3, 4))


def test_week_label_is_the_iso_week() -> None:
    assert week_label(date(2024, 3, 8)) == "2024-W10"
    assert week_label(date(2024, 12, 30)) == "2025-W01"
