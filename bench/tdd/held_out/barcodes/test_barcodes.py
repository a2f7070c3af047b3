"""EAN-13 barcodes.

The check digit is the last of the 13. Weights alternate 1, 3, 1, 3 ... over the first
twelve digits; the check digit brings the weighted sum to the next multiple of ten.
"""

import pytest
from barcodes import add_check_digit, is_valid, price_of


def test_check_digit_is_appended():
    assert add_check_digit("400638133393") == "4006381333931"
    assert add_check_digit("978014300723") == "9780143007234"


def test_check_digit_zero():
    assert add_check_digit("000000000000") == "0000000000000"


@pytest.mark.parametrize("body", ["", "12345", "4006381333931", "40063813339x"])
def test_body_must_be_twelve_digits(body):
    with pytest.raises(ValueError):
        add_check_digit(body)


def test_is_valid():
    assert is_valid("4006381333931")
    assert is_valid("978-0-14-300723-4")
    assert not is_valid("4006381333932")
    assert not is_valid("400638133393")
    assert not is_valid("hello")


# The scale in the shop prints codes 2AAAAAAPPPPPC: article, price in cents, check digit.
def test_price_of_a_weighed_article():
    assert price_of(add_check_digit("200012300459")) == 459
    assert price_of(add_check_digit("299999912345")) == 12345


def test_other_codes_carry_no_price():
    assert price_of("4006381333931") is None
