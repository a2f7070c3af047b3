from datetime import datetime

import pytest
from shophours import Hours


def at(day, time):
    return datetime.fromisoformat(f"2024-03-{day:02d} {time}")


@pytest.mark.parametrize(
    ("text", "when", "expected"),
    [
        ("Tue-Thu 12:00-13:30", at(6, "13:29"), True),
        ("Tue-Thu 12:00-13:30", at(8, "12:30"), False),
        ("Sun 00:00-23:59", at(10, "00:00"), True),
        ("Mon,Wed,Fri 07:15-08:45", at(8, "07:15"), True),
        ("Mon,Wed,Fri 07:15-08:45", at(7, "07:15"), False),
        ("Sun 22:00-04:00", at(11, "03:00"), True),
        ("Sun 22:00-04:00", at(10, "03:00"), False),
        ("Sun 22:00-04:00", at(10, "22:00"), True),
        ("Mon 06:00-10:00,18:00-20:00; Tue 12:00-13:00", at(4, "19:59"), True),
        ("Mon 06:00-10:00,18:00-20:00; Tue 12:00-13:00", at(5, "19:00"), False),
    ],
)
def test_is_open(text, when, expected):
    assert Hours(text).is_open(when) is expected


@pytest.mark.parametrize(
    ("text", "when", "opens"),
    [
        ("Wed 08:00-12:00", at(6, "08:00:01"), at(13, "08:00")),
        ("Wed 08:00-12:00", at(5, "23:59"), at(6, "08:00")),
        ("Mon-Sun 10:00-11:00", at(10, "10:30"), at(11, "10:00")),
        ("Fri-Sat 20:00-02:00", at(9, "01:00"), at(9, "20:00")),
        ("Fri-Sat 20:00-02:00", at(10, "01:00"), at(15, "20:00")),
        ("Tue 09:00-10:00,15:00-16:00", at(5, "09:30"), at(5, "15:00")),
    ],
)
def test_next_opening(text, when, opens):
    assert Hours(text).next_opening(when) == opens


@pytest.mark.parametrize("text", ["Mon-Xyz 09:00-10:00", "Mon 09:00", "Mon 09:60-10:00", "9"])
def test_invalid(text):
    with pytest.raises(ValueError):
        Hours(text)
