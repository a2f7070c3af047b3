import re

PATTERN = re.compile(r"([0-9]{5})(?:-([0-9]{4}))?")


def is_zip(text):
    return PATTERN.fullmatch(text) is not None


def split_zip(text):
    match = PATTERN.fullmatch(text)
    if match is None:
        raise ValueError(f"no ZIP code: {text!r}")
    return match.groups()
