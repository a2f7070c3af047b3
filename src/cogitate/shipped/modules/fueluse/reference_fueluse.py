def consumption(litres, km):
    if km <= 0:
        raise ValueError("distance must be positive")
    return litres / km * 100


def reach(litres, per_100_km):
    return litres / per_100_km * 100


def cost(km, per_100_km, price):
    return round(km / 100 * per_100_km * price, 2)
