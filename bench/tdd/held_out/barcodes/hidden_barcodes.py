import pytest
from barcodes import add_check_digit, is_valid, price_of


@pytest.mark.parametrize(
    "code",
    ["5901234123457", "9783161484100", "0012345678905", "8711253001202", "4012345678901"],
)
def test_known_codes(code):
    assert add_check_digit(code[:12]) == code
    assert is_valid(code)


@pytest.mark.parametrize("digit", "012345689")
def test_only_one_digit_is_right(digit):
    assert not is_valid("590123412345" + digit)


def test_swapped_neighbours_are_found():
    assert is_valid("5901234123457")
    assert not is_valid("5901243123457")


def test_hyphens():
    assert is_valid("978-3-16-148410-0")
    assert not is_valid("978-3-16-148410-1")


def test_not_a_code():
    assert not is_valid("")
    assert not is_valid("59012341234577")
    assert not is_valid("590123412345a")


@pytest.mark.parametrize(("body", "cents"), [("212345600001", 1), ("200000100000", 0)])
def test_prices(body, cents):
    assert price_of(add_check_digit(body)) == cents


def test_no_price():
    assert price_of("5901234123457") is None
