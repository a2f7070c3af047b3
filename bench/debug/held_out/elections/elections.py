"""Seats of a small parliament."""

VOTES = {"red": 4200, "blue": 3100, "green": 1700}


def quotient(votes, seats):
    return votes / (seats + 1)


def seats(votes, number):
    """Return the seats of each party by the highest quotients (D'Hondt)."""
    won = dict.fromkeys(votes, 0)
    for _ in range(number):
        party = max(votes, key=lambda name: quotient(votes[name], won[name]))
        won[party] += 1
    return won


if __name__ == "__main__":
    print(seats(VOTES, 9))
