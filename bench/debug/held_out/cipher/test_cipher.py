from cipher import shift, unshift


def test_shift():
    assert shift("abc", 1) == "bcd"
    assert shift("xyz", 3) == "abc"


def test_unshift():
    assert unshift("Khoor!", 3) == "Hello!"
