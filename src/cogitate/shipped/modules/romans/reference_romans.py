VALUES = {
    "M": 1000,
    "CM": 900,
    "D": 500,
    "CD": 400,
    "C": 100,
    "XC": 90,
    "L": 50,
    "XL": 40,
    "X": 10,
    "IX": 9,
    "V": 5,
    "IV": 4,
    "I": 1,
}


def to_roman(number):
    if number < 1:
        raise ValueError("only positive numbers have a numeral")
    text = ""
    for numeral, value in VALUES.items():
        count, number = divmod(number, value)
        text += numeral * count
    return text


def from_roman(text):
    number = 0
    for numeral, value in VALUES.items():
        while text.startswith(numeral):
            number += value
            text = text.removeprefix(numeral)
    return number
