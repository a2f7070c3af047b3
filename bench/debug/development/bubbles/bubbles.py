"""Sort with counting swaps."""


def sort(values):
    """Return the sorted values and the number of swaps of neighbours."""
    values, swaps = list(values), 0
    for end in range(len(values) - 1, 0, -1):
        for i in range(end):
            if values[i] > values[i + 1]:
                values[i], values[i + 1] = values[i + 1], values[i]
                swaps += 1
    return values, swaps
