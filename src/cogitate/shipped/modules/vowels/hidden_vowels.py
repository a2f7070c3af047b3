from vowels import count_vowels


def test_words():
    assert count_vowels("queue") == 4
    assert count_vowels("AEIOU") == 5
    assert count_vowels("yellow mystery") == 3
    assert count_vowels("rhythm") == 0
