import re


def normalize(text):
    digits = re.sub("[:.-]", "", text).lower()
    if not re.fullmatch("[0-9a-f]{12}", digits):
        raise ValueError(f"no MAC address: {text!r}")
    return ":".join(digits[start : start + 2] for start in range(0, 12, 2))


def vendor(text):
    return normalize(text)[:8]
