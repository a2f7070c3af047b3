from palindromes import is_palindrome


def test_palindromes():
    assert is_palindrome("Was it a car or a cat I saw?")
    assert is_palindrome("12-3-21")
    assert is_palindrome("x")
    assert is_palindrome("Step on no pets")


def test_others():
    assert not is_palindrome("ab")
    assert not is_palindrome("1231")
    assert not is_palindrome("Almost, tsom!")
