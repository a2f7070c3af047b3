from pangrams import is_pangram


def test_every_letter_occurs():
    assert is_pangram("The quick brown fox jumps over the lazy dog.")


def test_letters_are_missing():
    assert not is_pangram("The quick brown fox")
    assert not is_pangram("")


def test_case_does_not_matter():
    assert is_pangram("ABCDEFGHIJKLM nopqrstuvwxyz")
