"""Departures of a shuttle."""


def minutes(text):
    hour, minute = text.split(":")
    return int(hour) * 60 + int(minute)


def clock(number):
    return f"{number // 60:02d}:{number % 60:02d}"


def departures(first, last, every):
    """Return the times from the first to the last, both included."""
    return [clock(m) for m in range(minutes(first), minutes(last) + 1, every)]


def next_departure(times, now):
    """Return the first time at or after now; None if there is none."""
    return next((t for t in times if minutes(t) >= minutes(now)), None)
