"""Shift letters."""

from string import ascii_lowercase, ascii_uppercase


def shift(text, number):
    """Shift each letter in its alphabet; other signs stay."""
    found = ""
    for sign in text:
        for alphabet in (ascii_lowercase, ascii_uppercase):
            if sign in alphabet:
                index = (alphabet.index(sign) + number) % 26
                sign = alphabet[index]
                break
        found += sign
    return found


def unshift(text, number):
    return shift(text, -number)
