import re

UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}


def parse_duration(text: str) -> int:
    text = text.strip().lower()
    if not re.fullmatch(r"(\d+[dhms]\s*)+", text):
        raise ValueError(f"invalid duration: {text!r}")
    return sum(int(n) * UNITS[unit] for n, unit in re.findall(r"(\d+)([dhms])", text))


def format_duration(seconds: int) -> str:
    parts = []
    for unit, size in UNITS.items():
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(f"{count}{unit}")
    return " ".join(parts) or "0s"
