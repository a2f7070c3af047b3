import pytest
from ipnumbers import from_number, to_number


@pytest.mark.parametrize(
    ("address", "number"),
    [
        ("0.0.0.255", 255),
        ("0.0.1.0", 256),
        ("10.0.0.1", 167772161),
        ("127.0.0.1", 2130706433),
        ("1.2.3.4", 16909060),
    ],
)
def test_both_ways(address, number):
    assert to_number(address) == number
    assert from_number(number) == address


@pytest.mark.parametrize("address", ["1..2.3", "300.1.1.1", "1.2.3.x", "localhost"])
def test_no_address(address):
    with pytest.raises(ValueError):
        to_number(address)


def test_number_out_of_range():
    with pytest.raises(ValueError):
        from_number(5000000000)
