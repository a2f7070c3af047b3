import pytest
from filemodes import to_digits, to_letters

PAIRS = [("755", "rwxr-xr-x"), ("644", "rw-r--r--"), ("000", "---------"), ("421", "r---w---x")]


@pytest.mark.parametrize(("digits", "letters"), PAIRS)
def test_to_letters(digits, letters):
    assert to_letters(digits) == letters


@pytest.mark.parametrize(("digits", "letters"), PAIRS)
def test_to_digits(digits, letters):
    assert to_digits(letters) == digits


@pytest.mark.parametrize("digits", ["75", "7555", "778", "rwx"])
def test_invalid_digits(digits):
    with pytest.raises(ValueError):
        to_letters(digits)


@pytest.mark.parametrize("letters", ["rwx", "xwrxwrxwr", "rwxrwxrwa"])
def test_invalid_letters(letters):
    with pytest.raises(ValueError):
        to_digits(letters)
