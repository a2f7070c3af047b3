from palindrome import is_palindrome, longest


def test_is_palindrome():
    assert is_palindrome("")
    assert is_palindrome("A1b, B1a!")
    assert longest(["xy"]) is None
    assert longest(["Anna", "bob"]) == "Anna"
