from pangrams import is_pangram


def test_pangrams():
    assert is_pangram("Pack my box with five dozen liquor jugs!")
    assert is_pangram("zyxwvutsrqponmlkjihgfedcba")


def test_one_letter_is_missing():
    assert not is_pangram("abcdefghijklmnopqrstuvwxy")
    assert not is_pangram("The quick brown fox jumped over the lazy dog.")
    assert not is_pangram("12345")
