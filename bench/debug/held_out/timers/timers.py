"""Format durations."""

from datetime import timedelta

DURATIONS = [59, 3600, 90061]


def text(seconds):
    """Return days, hours, minutes and seconds, without leading zeros units."""
    left = timedelta(seconds=seconds)
    hours, rest = divmod(left.seconds, 3600)
    minutes, rest = divmod(rest, 60)
    parts = [(left.days, "d"), (hours, "h"), (minutes, "m"), (rest, "s")]
    while len(parts) > 1 and parts[0][0] == 0:
        parts.pop(0)
    return " ".join(f"{number}{unit}" for number, unit in parts)


if __name__ == "__main__":
    for seconds in DURATIONS:
        print(text(seconds))
