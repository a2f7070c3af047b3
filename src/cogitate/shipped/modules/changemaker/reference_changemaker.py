COINS = (50, 20, 10, 5, 2, 1)


def change(price, paid):
    rest = paid - price
    if rest < 0:
        raise ValueError(f"{-rest} cents are missing")
    given = []
    for coin in COINS:
        while rest >= coin:
            given.append(coin)
            rest -= coin
    return given
