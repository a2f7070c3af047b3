"""Fees of a club."""

MEMBERS = [("Ann", 12), ("Ben", 5), ("Cem", 0)]
MONTHLY_FEE = 17.5


def owed(months):
    """Return what is owed for a number of months."""
    return months * MONTHLY_FEE


def reminders(members):
    """Return (name, amount) of those who owe something."""
    return [(name, owed(months)) for name, months in members if months]


if __name__ == "__main__":
    for name, amount in reminders(MEMBERS):
        print(f"{name} owes {amount:.2f}")
