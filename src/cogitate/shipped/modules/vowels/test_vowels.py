"""Vowels are a, e, i, o and u, small or capital."""

from vowels import count_vowels


def test_count_vowels():
    assert count_vowels("banana") == 3
    assert count_vowels("Orange") == 3
    assert count_vowels("sky") == 0
    assert count_vowels("") == 0
