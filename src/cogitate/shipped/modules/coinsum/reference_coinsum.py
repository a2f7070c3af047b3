CENTS = {"penny": 1, "nickel": 5, "dime": 10, "quarter": 25}


def total_cents(coins):
    return sum(CENTS[coin] * number for coin, number in coins.items())
