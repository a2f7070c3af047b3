from datetime import date

import pytest
from workdays import add_workdays, count_workdays, is_workday, week_label

CHRISTMAS = [date(2023, 12, 25), date(2023, 12, 26)]  # Monday and Tuesday


@pytest.mark.parametrize(("day", "expected"), [(17, True), (18, False), (19, False), (20, True)])
def test_is_workday(day, expected):
    assert bool(is_workday(date(2023, 11, day))) is expected


def test_holiday_on_a_weekend():
    assert not is_workday(date(2023, 11, 18), holidays={date(2023, 11, 18)})


@pytest.mark.parametrize(
    ("start", "n", "expected"),
    [
        (date(2023, 12, 22), 1, date(2023, 12, 27)),
        (date(2023, 12, 21), 3, date(2023, 12, 28)),
        (date(2023, 12, 27), -1, date(2023, 12, 22)),
        (date(2023, 12, 24), 0, date(2023, 12, 27)),
        (date(2023, 12, 26), 0, date(2023, 12, 27)),
        (date(2023, 12, 18), 5, date(2023, 12, 27)),
        (date(2023, 12, 29), -5, date(2023, 12, 20)),
        (date(2023, 12, 16), 1, date(2023, 12, 18)),
    ],
)
def test_add(start, n, expected):
    assert add_workdays(start, n, holidays=CHRISTMAS) == expected


@pytest.mark.parametrize(
    ("first", "last", "count"),
    [
        (date(2023, 12, 25), date(2023, 12, 31), 3),
        (date(2023, 12, 23), date(2023, 12, 26), 0),
        (date(2023, 12, 22), date(2023, 12, 22), 1),
        (date(2023, 12, 1), date(2023, 12, 31), 19),
    ],
)
def test_count(first, last, count):
    assert count_workdays(first, last, holidays=CHRISTMAS) == count


@pytest.mark.parametrize(
    ("day", "label"),
    [
        (date(2023, 1, 1), "2022-W52"),
        (date(2023, 1, 2), "2023-W01"),
        (date(2020, 12, 31), "2020-W53"),
        (date(2024, 7, 4), "2024-W27"),
    ],
)
def test_week_label(day, label):
    assert week_label(day) == label
