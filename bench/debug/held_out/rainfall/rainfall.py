"""Dry days in a row."""


def longest_dry(amounts, limit=1.0):
    """Return the most days in a row with less rain than the limit."""
    longest = current = 0
    for amount in amounts:
        if amount < limit:
            current += 1
            longest = max(longest, current)
        else:
            current = 0
    return longest
