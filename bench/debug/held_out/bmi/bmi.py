"""Body mass index of a few people."""

import math

PEOPLE = [("Ann", 61, 1.68), ("Bob", 92, 1.81)]


def bmi(weight, height):
    """Return weight by height squared, rounded down to one decimal."""
    return math.floor(weight / height**2 * 10) / 10


def label(value):
    for limit, name in ((18.5, "low"), (25, "normal"), (30, "raised")):
        if value < limit:
            return name
    return "high"


if __name__ == "__main__":
    for name, weight, height in PEOPLE:
        print(name, bmi(weight, height), label(bmi(weight, height)))
