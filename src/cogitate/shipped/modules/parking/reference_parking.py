import math


def fee(minutes):
    if minutes < 0:
        raise ValueError("minutes must not be negative")
    if minutes <= 30:
        return 0
    return min(2 * math.ceil(minutes / 60), 12)
