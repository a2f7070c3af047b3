"""When the next bus comes."""

TIMES = [7 * 60, 9 * 60 + 30, 18 * 60]


def following(times, now):
    """Return the first time after now; the first of the next day if there is none."""
    later = (time for time in sorted(times) if time > now)
    return next(later, min(times))


def wait(times, now):
    """Return the minutes until then."""
    return (following(times, now) - now) % (24 * 60)


if __name__ == "__main__":
    for now in (8 * 60, 12 * 60, 20 * 60):
        print(now, wait(TIMES, now))
