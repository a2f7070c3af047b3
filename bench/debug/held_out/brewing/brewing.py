"""Times of a brew."""

STEPS = [
    ("mash", 60),
    ("boil", 83),
    ("cool", 20),
]


def total(steps):
    """Return the minutes of all steps."""
    return sum(minutes for _, minutes in steps)


def schedule(steps, start=0):
    """Return (minute, name) of each step's start."""
    found, now = [], start
    for name, minutes in steps:
        found.append((now, name))
        now += minutes
    return found


if __name__ == "__main__":
    for minute, name in schedule(STEPS):
        print(minute, name)
    print("done after", total(STEPS))
