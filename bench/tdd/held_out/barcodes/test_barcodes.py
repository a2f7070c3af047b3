import pytest
from barcodes import add_check_digit, is_valid, price_of


def test_add_check_digit():
    """
    EAN-13: twelve digits and a check digit. Weights alternate 1, 3, 1, 3, ... from the
    left; the check digit brings the weighted sum to the next multiple of ten.
    """
    assert add_check_digit("400638133393") == "4006381333931"
    assert add_check_digit("978014300723") == "9780143007234"
    assert add_check_digit("000000000000") == "0000000000000"


@pytest.mark.parametrize("body", ["", "12345", "4006381333931", "40063813339x"])
def test_add_check_digit_invalid(body):
    with pytest.raises(ValueError):
        add_check_digit(body)


@pytest.mark.parametrize(
    ("code", "valid"),
    [
        ("4006381333931", True),
        ("978-0-14-300723-4", True),
        ("4006381333932", False),
        ("400638133393", False),
        ("hello", False),
    ],
)
def test_is_valid(code, valid):
    assert is_valid(code) == valid


def test_price_of():
    """Our scales print 2AAAAAAPPPPPC: article number, price in cents, check digit."""
    assert price_of(add_check_digit("200012300459")) == 459
    assert price_of(add_check_digit("299999912345")) == 12345
    assert price_of("4006381333931") is None
