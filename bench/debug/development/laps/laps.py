"""Lap times."""

LAPS = [61.2, 59.8, 60.4]


def fastest(laps):
    """Return the number of the fastest lap, counted from 1."""
    return laps.index(min(laps)) + 1


def report(laps):
    return [f"lap {n}: {laps[n - 1]:.1f}" for n in range(1, len(laps) + 1)]


if __name__ == "__main__":
    print("\n".join(report(LAPS)))
    print("fastest:", fastest(LAPS))
