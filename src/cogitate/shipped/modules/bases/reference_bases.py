DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def to_base(number, base):
    if not 2 <= base <= 36:
        raise ValueError(f"no such base: {base}")
    if number < 0:
        return "-" + to_base(-number, base)
    text = DIGITS[number % base]
    while number >= base:
        number //= base
        text = DIGITS[number % base] + text
    return text


def from_base(text, base):
    return int(text, base)
