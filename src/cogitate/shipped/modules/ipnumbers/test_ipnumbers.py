import pytest
from ipnumbers import from_number, to_number


@pytest.mark.parametrize(
    ("address", "number"),
    [
        ("0.0.0.0", 0),
        ("0.0.1.2", 258),
        ("192.168.0.1", 3232235521),
        ("255.255.255.255", 4294967295),
    ],
)
def test_both_ways(address, number):
    assert to_number(address) == number
    assert from_number(number) == address


@pytest.mark.parametrize("address", ["", "1.2.3", "1.2.3.4.5", "1.2.3.256", "a.b.c.d", "1.2.3.-4"])
def test_no_address(address):
    with pytest.raises(ValueError):
        to_number(address)


def test_number_out_of_range():
    with pytest.raises(ValueError):
        from_number(4294967296)
    with pytest.raises(ValueError):
        from_number(-1)
