"""Averages of marks."""


def average(marks):
    """Return the mean of marks, None without any."""
    if not marks:
        return None
    return sum(marks) / len(marks)


def best(pupils):
    """Return the name with the highest average; pupils without marks are left out."""
    means = {name: average(marks) for name, marks in pupils.items() if marks}
    return max(means, key=means.get, default=None)
