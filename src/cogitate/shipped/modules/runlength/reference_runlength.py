import re
from itertools import groupby


def encode(text):
    result = ""
    for letter, group in groupby(text):
        count = len(list(group))
        result += letter if count == 1 else f"{count}{letter}"
    return result


def decode(text):
    return "".join(letter * int(count or 1) for count, letter in re.findall(r"(\d*)(\D)", text))
