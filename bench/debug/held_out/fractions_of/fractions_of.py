"""Add fractions."""

from math import gcd


def reduced(top, bottom):
    """Return a fraction in lowest terms, the sign above."""
    if bottom < 0:
        top, bottom = -top, -bottom
    divisor = gcd(top, bottom)
    return top // divisor, bottom // divisor


def add(one, other):
    top = one[0] * other[1] + other[0] * one[1]
    return reduced(top, one[1] * other[1])


def total(fractions):
    result = (0, 1)
    for fraction in fractions:
        result = add(result, fraction)
    return result


if __name__ == "__main__":
    print(total([(1, 2), (1, 3), (1, 6)]))
