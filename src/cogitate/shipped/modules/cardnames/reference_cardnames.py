SUITS = {"S": "spades", "H": "hearts", "D": "diamonds", "C": "clubs"}
RANKS = {"A": "ace", "K": "king", "Q": "queen", "J": "jack"}
RANKS |= {str(number): str(number) for number in range(2, 11)}


def long_name(short):
    rank, suit = short[:-1], short[-1:]
    if rank not in RANKS or suit not in SUITS:
        raise ValueError(f"no card: {short!r}")
    return f"{RANKS[rank]} of {SUITS[suit]}"


def short_name(long):
    rank, suit = long.split(" of ")
    ranks = {name: short for short, name in RANKS.items()}
    suits = {name: short for short, name in SUITS.items()}
    return ranks[rank] + suits[suit]
