import re


def parse(text):
    match = re.fullmatch(r"(\d*)d(\d+)([+-]\d+)?", text)
    if not match:
        raise ValueError(f"no dice: {text!r}")
    dice, sides, more = match.groups()
    return int(dice or 1), int(sides), int(more or 0)


def highest(text):
    dice, sides, more = parse(text)
    return dice * sides + more
