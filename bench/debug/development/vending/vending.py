"""Change of a vending machine."""

COINS = [200, 100, 50, 20, 10]


def change(cents):
    """Return the fewest coins for an amount; ValueError if it has a rest."""
    coins = []
    for coin in COINS:
        number, cents = divmod(cents, coin)
        coins += [coin] * number
    if cents:
        raise ValueError("no coins for the rest")
    return coins
