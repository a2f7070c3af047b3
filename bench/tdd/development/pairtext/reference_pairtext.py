import re


def parse_pairs(text):
    pairs = {}
    for part in text.split(";"):
        if not part.strip():
            continue
        key, equals, value = (piece.strip() for piece in part.partition("="))
        if not key:
            raise ValueError(f"missing key in {part!r}")
        if not equals:
            value = True
        elif re.fullmatch(r"-?\d+", value):
            value = int(value)
        pairs[key] = value
    return pairs


def format_pairs(pairs):
    return ";".join(key if value is True else f"{key}={value}" for key, value in pairs.items())
