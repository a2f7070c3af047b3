"""Find palindromes."""


def is_palindrome(text):
    """Compare letters and digits alone, without case."""
    signs = [c.lower() for c in text if c.isalnum()]
    return signs == signs[::-1]


def longest(words):
    """Return the longest palindrome; None if there is none."""
    return max(filter(is_palindrome, words), key=len, default=None)
