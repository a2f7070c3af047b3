import pytest
from filemodes import to_digits, to_letters


@pytest.mark.parametrize(
    ("digits", "letters"),
    [("777", "rwxrwxrwx"), ("600", "rw-------"), ("536", "r-x-wxrw-"), ("070", "---rwx---")],
)
def test_both_ways(digits, letters):
    assert to_letters(digits) == letters
    assert to_digits(letters) == digits


@pytest.mark.parametrize("digits", ["", "9", "64a", "648"])
def test_invalid_digits(digits):
    with pytest.raises(ValueError):
        to_letters(digits)


@pytest.mark.parametrize("letters", ["", "rw-r--r-", "wr-r--r--", "rwxr-xr-x-"])
def test_invalid_letters(letters):
    with pytest.raises(ValueError):
        to_digits(letters)
