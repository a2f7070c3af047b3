import re

PLACE = re.compile(r"(\d+\.\d+)([NS]) (\d+\.\d+)([EW])")


def parse_place(text):
    match = PLACE.fullmatch(text)
    if match is None:
        raise ValueError(f"no place: {text!r}")
    latitude, longitude = float(match[1]), float(match[3])
    if latitude > 90 or longitude > 180:
        raise ValueError(f"not on Earth: {text!r}")
    return (
        latitude if match[2] == "N" else -latitude,
        longitude if match[4] == "E" else -longitude,
    )


def format_place(latitude, longitude):
    north = "N" if latitude >= 0 else "S"
    east = "E" if longitude >= 0 else "W"
    return f"{abs(latitude):.1f}{north} {abs(longitude):.1f}{east}"
