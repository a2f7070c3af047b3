def bill(cubic_metres):
    if cubic_metres < 0:
        raise ValueError("amount must not be negative")
    middle = max(0, min(cubic_metres, 30) - 10)
    large = max(0, cubic_metres - 30)
    return 5 + 2 * middle + 3 * large
