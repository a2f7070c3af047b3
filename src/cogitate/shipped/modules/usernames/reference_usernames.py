import re


def is_valid(name):
    return re.fullmatch("[a-z][a-z0-9_]{2,11}", name) is not None


def suggest(name, taken):
    if not is_valid(name):
        raise ValueError(f"invalid name: {name!r}")
    candidate, number = name, 1
    while candidate in taken:
        number += 1
        candidate = f"{name}{number}"
    return candidate
