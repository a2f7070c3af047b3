"""Durations of flights."""

from calendar import timegm
from time import strptime

FLIGHTS = [
    ("LH1", "2026-05-01 09:15", "2026-05-01 11:05"),
    ("LH2", "2026-05-01 23:10", "2026-05-02 01:00"),
]
FORM = "%Y-%m-%d %H:%M"


def duration(start, end):
    """Return the minutes between two times."""
    begin, stop = (timegm(strptime(time, FORM)) for time in (start, end))
    return (stop - begin) // 60


def text(minutes):
    return f"{minutes // 60}h{minutes % 60:02d}"


if __name__ == "__main__":
    for number, start, end in FLIGHTS:
        print(number, text(duration(start, end)))
