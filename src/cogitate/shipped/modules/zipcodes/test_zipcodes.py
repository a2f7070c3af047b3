import pytest
from zipcodes import is_zip, split_zip


@pytest.mark.parametrize("text", ["12345", "00501", "12345-6789"])
def test_valid(text):
    assert is_zip(text) is True


@pytest.mark.parametrize("text", ["", "1234", "123456", "12345-", "12345-678", "1234a", " 12345"])
def test_invalid(text):
    assert is_zip(text) is False


def test_split():
    assert split_zip("12345-6789") == ("12345", "6789")
    assert split_zip("12345") == ("12345", None)


def test_split_of_something_else():
    with pytest.raises(ValueError):
        split_zip("12-345")
