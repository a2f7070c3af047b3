import re


def normalize(raw, country="49"):
    number = re.sub(r"[\s/()-]", "", raw)
    if not re.fullmatch(r"\+?\d{6,}", number):
        raise ValueError(f"invalid phone number: {raw!r}")
    if number.startswith("00"):
        return "+" + number[2:]
    if number.startswith("0"):
        return "+" + country + number[1:]
    return number


def format_phone(number, area, international=False):
    local = number.removeprefix("+49" + area[1:])
    if international:
        return f"+49 {area[1:]} {local}"
    return f"{area} {local}"
