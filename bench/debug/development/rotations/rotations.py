"""Rotate a list."""

from collections import deque

NAMES = ["north", "east", "south", "west"]


def rotated(values, steps):
    """Return the values moved to the right by some steps."""
    found = deque(values)
    found.rotate(steps)
    return list(found)


if __name__ == "__main__":
    print(rotated(NAMES, 1))
