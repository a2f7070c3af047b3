METRES = {
    "mm": 0.001,
    "cm": 0.01,
    "m": 1,
    "km": 1000,
    "in": 0.0254,
    "ft": 0.3048,
    "mi": 1609.344,
}


def convert(value, source, target):
    for unit in (source, target):
        if unit not in METRES:
            raise ValueError(f"unknown unit: {unit}")
    if source == target:
        return value
    return value * METRES[source] / METRES[target]
