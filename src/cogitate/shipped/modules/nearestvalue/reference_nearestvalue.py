def nearest(values, target):
    return min(values, key=lambda value: abs(value - target))
