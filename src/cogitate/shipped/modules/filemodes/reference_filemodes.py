import re


def to_letters(digits):
    if not re.fullmatch("[0-7]{3}", digits):
        raise ValueError(f"no file mode: {digits!r}")
    text = ""
    for digit in digits:
        for letter, bit in (("r", 4), ("w", 2), ("x", 1)):
            text += letter if int(digit) & bit else "-"
    return text


def to_digits(letters):
    if not re.fullmatch("([r-][w-][x-]){3}", letters):
        raise ValueError(f"no file mode: {letters!r}")
    bits = "".join("0" if letter == "-" else "1" for letter in letters)
    return "".join(str(int(bits[start : start + 3], 2)) for start in (0, 3, 6))
