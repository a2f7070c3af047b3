"""Postage of parcels."""

BASE = 4.99
SURCHARGE = 8.5
LIGHT = 5


def postage(weight):
    """Return the price; parcels above the light weight cost the surcharge of the carrier."""
    if weight <= 0:
        raise ValueError("a weight is positive")
    if weight <= LIGHT:
        return BASE
    return round(BASE + SURCHARGE, 2)
