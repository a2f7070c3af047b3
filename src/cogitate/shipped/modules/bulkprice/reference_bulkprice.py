PRICES = [(100, 0.75), (10, 0.90), (1, 1.00)]


def total(pieces):
    if pieces < 1:
        raise ValueError("at least one piece")
    for minimum, price in PRICES:
        if pieces >= minimum:
            return pieces * price
    return None


def pieces_for(money):
    for minimum, price in PRICES:
        pieces = int(money / price + 1e-9)
        if pieces >= minimum:
            return pieces
    return 0
