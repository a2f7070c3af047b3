"""Plans of a web service."""

SEATS = {
    "free": 1,
    "solo": 3,
    "team": 12,
}


def seats(plan):
    """Return how many people a plan allows."""
    return SEATS[plan]


def fits(people):
    """Return the smallest plan for so many people; None if none is large enough."""
    for plan in ("free", "solo", "team"):
        if people <= seats(plan):
            return plan
    return None
