"""Readings of an electricity meter."""

from itertools import pairwise

READINGS = [("2026-01-01", 1200), ("2026-02-01", 1355), ("2026-03-01", 1490)]
PRICE = 0.3


def usage(readings):
    """Return (from, to, units) between each two readings."""
    found = []
    for (start, before), (end, after) in pairwise(readings):
        found.append((start, end, after - before))
    return found


def cost(readings, price=PRICE):
    """Return the price of all units."""
    return round(sum(units for _, _, units in usage(readings)) * price, 2)


if __name__ == "__main__":
    for start, end, units in usage(READINGS):
        print(start, end, units)
    print("cost", cost(READINGS))
