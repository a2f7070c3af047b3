from palindrome import is_palindrome, longest


def test_is_palindrome():
    assert is_palindrome("Never odd or even")
    assert not is_palindrome("ab")


def test_longest():
    assert longest(["noon", "abc", "a"]) == "noon"
