import pytest
from zipcodes import is_zip, split_zip


def test_valid():
    assert is_zip("99999-0000") is True
    assert is_zip("90210") is True


@pytest.mark.parametrize("text", ["abcde", "12345 6789", "123456789", "12345-67890", "-6789"])
def test_invalid(text):
    assert is_zip(text) is False
    with pytest.raises(ValueError):
        split_zip(text)


def test_split():
    assert split_zip("00501-0001") == ("00501", "0001")
    assert split_zip("90210") == ("90210", None)
