"""Profit of trades."""


def best_trade(prices):
    """Return the most that one purchase and a later sale bring; 0 if all lose."""
    lowest, best = float("inf"), 0
    for price in prices:
        lowest = min(lowest, price)
        best = max(best, price - lowest)
    return best
