"""Days until events."""

from datetime import date

TODAY = date(2026, 4, 1)
EVENTS = {"fair": "2026-04-20", "fest": "2026-06-01"}


def days_until(text, today=TODAY):
    """Return the days until a date such as "2026-04-20"."""
    return (date.fromisoformat(text) - today).days


if __name__ == "__main__":
    for name, day in EVENTS.items():
        print(name, days_until(day))
