"""Fees of a car park."""

import math

FIRST_HOUR, NEXT_HOUR, DAY = 3.0, 2.0, 18.0


def fee(minutes):
    """Return the fee: begun hours count whole, ten minutes are free, a day has a maximum."""
    if minutes <= 10:
        return 0.0
    days, rest = divmod(minutes, 24 * 60)
    hours = math.ceil(rest / 60)
    part = FIRST_HOUR + (hours - 1) * NEXT_HOUR if hours else 0.0
    return days * DAY + min(part, DAY)
