"""Prices by age."""

GROUPS = [(6, "free"), (18, "reduced"), (65, "full")]


def group(age):
    """Return the group of an age: free below 6, reduced below 18, full below 65, else senior."""
    if age < 0:
        raise ValueError("an age is 0 or more")
    for limit, name in GROUPS:
        if age < limit:
            return name
    return "senior"


def count(ages):
    """Return how many people are in each group."""
    counts = {}
    for age in ages:
        counts[group(age)] = counts.get(group(age), 0) + 1
    return counts
