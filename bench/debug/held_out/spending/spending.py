"""Spending by month and category."""

ENTRIES = [
    {"date": "2026-01-03", "category": "food", "amount": 20},
    {"date": "2026-01-09", "category": "rent", "amount": 700},
    {"date": "2026-02-01", "category": "food", "amount": 35},
]


def by(entries, key):
    """Return the sum of the amounts for each value of a key."""
    sums = {}
    for entry in entries:
        value = key(entry)
        sums[value] = sums.get(value, 0) + entry["amount"]
    return sums


def month(entry):
    return entry["date"][:7]


if __name__ == "__main__":
    for name, total in sorted(by(ENTRIES, month).items()):
        print(name, total)
    print(by(ENTRIES, lambda entry: entry["category"]))
