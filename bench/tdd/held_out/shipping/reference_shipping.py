RATES = [(1, 3.90), (5, 5.90), (20, 12.50)]
EXPRESS = 6.00
FREE_FROM = 50


def shipping_cost(kg, order_total, express=False):
    if kg <= 0:
        raise ValueError("weight must be positive")
    for limit, rate in RATES:
        if kg <= limit:
            cost = 0 if order_total >= FREE_FROM else rate
            return cost + (EXPRESS if express else 0)
    raise ValueError(f"{kg} kg is too heavy")
