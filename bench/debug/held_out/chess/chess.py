"""Moves of a knight."""

COLUMNS = "abcdefgh"
JUMPS = [(1, 2), (2, 1), (2, -1), (1, -2), (-1, -2), (-2, -1), (-2, 1), (-1, 2)]


def knight(field):
    """Return the fields that a knight reaches from one such as "b1", sorted."""
    column, row = COLUMNS.index(field[0]), int(field[1]) - 1
    found = []
    for right, up in JUMPS:
        c, r = column + right, row + up
        if 0 <= c < 8 and 0 <= r < 8:
            found.append(f"{COLUMNS[c]}{r + 1}")
    return sorted(found)
