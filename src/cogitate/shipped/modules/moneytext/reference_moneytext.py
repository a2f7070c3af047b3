import re


def format_cents(cents):
    sign = "-" if cents < 0 else ""
    dollars, rest = divmod(abs(cents), 100)
    return f"{sign}${dollars:,}.{rest:02}"


def parse_cents(text):
    match = re.fullmatch(r"(-?)\$?(\d[\d,]*)(?:\.(\d\d))?", text)
    if not match:
        raise ValueError(f"no amount of money: {text!r}")
    sign, dollars, rest = match.groups()
    cents = int(dollars.replace(",", "")) * 100 + int(rest or 0)
    return -cents if sign else cents
