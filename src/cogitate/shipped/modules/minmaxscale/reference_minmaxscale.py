def scale(values, low=0, high=1):
    if low >= high:
        raise ValueError("low must be below high")
    if not values:
        return []
    smallest, largest = min(values), max(values)
    if smallest == largest:
        return [low] * len(values)
    factor = (high - low) / (largest - smallest)
    return [low + (value - smallest) * factor for value in values]
