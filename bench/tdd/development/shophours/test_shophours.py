"""Opening hours as shops write them: "Mon-Fri 09:00-18:00; Sat 10:00-14:00"."""

from datetime import datetime

import pytest
from shophours import Hours

SHOP = Hours("Mon-Fri 09:00-18:00; Sat 10:00-14:00")
BAR = Hours("Fri-Sat 20:00-02:00")
DOCTOR = Hours("Mon,Thu 08:00-12:00,14:00-17:00; Wed 08:00-12:00")


def at(day, time):
    """In March 2024 the 4th was a Monday."""
    return datetime.fromisoformat(f"2024-03-{day:02d} {time}")


@pytest.mark.parametrize(
    ("hours", "when", "expected"),
    [
        (SHOP, at(4, "09:00"), True),
        (SHOP, at(4, "08:59"), False),
        (SHOP, at(8, "17:59"), True),
        (SHOP, at(8, "18:00"), False),
        (SHOP, at(9, "12:00"), True),
        (SHOP, at(10, "12:00"), False),
        (DOCTOR, at(7, "13:00"), False),
        (DOCTOR, at(7, "14:30"), True),
        (DOCTOR, at(5, "10:00"), False),
        (BAR, at(8, "23:00"), True),
        (BAR, at(10, "01:59"), True),
        (BAR, at(10, "02:00"), False),
        (BAR, at(8, "01:00"), False),
    ],
)
def test_is_open(hours, when, expected):
    assert hours.is_open(when) is expected


def test_next_opening():
    assert SHOP.next_opening(at(4, "07:00")) == at(4, "09:00")
    assert SHOP.next_opening(at(4, "12:00")) == at(5, "09:00")
    assert SHOP.next_opening(at(9, "15:00")) == at(11, "09:00")
    assert DOCTOR.next_opening(at(4, "12:30")) == at(4, "14:00")


@pytest.mark.parametrize("text", ["Mon", "Mon 9-18", "Foo 09:00-10:00", "Mon 25:00-26:00"])
def test_invalid(text):
    with pytest.raises(ValueError):
        Hours(text)
