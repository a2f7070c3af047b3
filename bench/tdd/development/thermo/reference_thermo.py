TO_KELVIN = {
    "K": lambda t: t,
    "C": lambda t: t + 273.15,
    "F": lambda t: (t - 32) / 1.8 + 273.15,
}
FROM_KELVIN = {
    "K": lambda t: t,
    "C": lambda t: t - 273.15,
    "F": lambda t: (t - 273.15) * 1.8 + 32,
}


def convert(value, source, target):
    for unit in (source, target):
        if unit not in TO_KELVIN:
            raise ValueError(f"unknown unit: {unit}")
    kelvin = TO_KELVIN[source](value)
    if kelvin < 0:
        raise ValueError(f"{value} {source} is below absolute zero")
    return value if source == target else FROM_KELVIN[target](kelvin)


def feels(celsius):
    if celsius < 10:
        return "cold"
    return "mild" if celsius < 25 else "hot"
