"""Balances after transfers."""


def balances(start, transfers):
    """Return balances after (from, to, amount); a missing account begins at 0."""
    found = dict(start)
    for source, target, amount in transfers:
        found[source] = found.get(source, 0) - amount
        found[target] = found.get(target, 0) + amount
    return found
