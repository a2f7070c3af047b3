"""Statistics of a day's temperatures."""

READINGS = [12.5, 13.0, 15.5, 18.0, 17.0, 14.5]


def median(values):
    """Return the middle value, or the mean of the two in the middle."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return (ordered[middle - 1] + ordered[middle]) / 2


def changes(values):
    """Return the difference of each reading to the one before."""
    return [values[i] - values[i - 1] for i in range(1, len(values))]


if __name__ == "__main__":
    print("median", median(READINGS))
    print("largest rise", max(changes(READINGS)))
