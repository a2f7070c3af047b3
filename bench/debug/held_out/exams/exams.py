"""Results of an exam."""

POINTS = {"kim": 41, "lee": 63, "max": 55}
PASS_MARK = 48


def passed(points):
    """Return who has at least the mark that the board has set."""
    return sorted(name for name, number in points.items() if number >= PASS_MARK)


def share(points):
    return len(passed(points)) / len(points)


if __name__ == "__main__":
    print("passed:", ", ".join(passed(POINTS)))
    print(f"share: {share(POINTS):.0%}")
