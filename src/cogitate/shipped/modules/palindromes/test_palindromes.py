"""Only letters and digits count, and not their case."""

from palindromes import is_palindrome


def test_words():
    assert is_palindrome("level")
    assert not is_palindrome("lever")


def test_case():
    assert is_palindrome("Anna")


def test_sentence():
    assert is_palindrome("A man, a plan, a canal: Panama!")
    assert not is_palindrome("This is none.")
