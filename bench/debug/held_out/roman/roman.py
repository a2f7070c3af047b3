"""Roman numerals."""

SIGNS = [
    (1000, "M"),
    (900, "CM"),
    (500, "D"),
    (400, "CD"),
    (100, "C"),
    (90, "XC"),
    (50, "L"),
    (40, "XL"),
    (10, "X"),
    (9, "IX"),
    (5, "V"),
    (4, "IV"),
    (1, "I"),
]


def to_roman(number):
    """Return a number from 1 to 3999 as a Roman numeral."""
    if not 0 < number < 4000:
        raise ValueError("only 1 to 3999")
    found = ""
    for value, sign in SIGNS:
        while number >= value:
            found += sign
            number -= value
    return found


def from_roman(text):
    total = 0
    for value, sign in SIGNS:
        while text.startswith(sign):
            total, text = total + value, text[len(sign) :]
    return total
