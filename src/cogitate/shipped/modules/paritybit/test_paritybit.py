"""The last bit makes the number of ones even."""

import pytest
from paritybit import add_parity, check, data


@pytest.mark.parametrize(
    ("bits", "sent"), [("1011", "10111"), ("1001", "10010"), ("0", "00"), ("", "0")]
)
def test_add_parity(bits, sent):
    assert add_parity(bits) == sent
    assert check(sent) is True
    assert data(sent) == bits


def test_a_wrong_bit_is_seen():
    assert check("10101") is False
    with pytest.raises(ValueError, match="damaged"):
        data("10101")


def test_only_bits():
    with pytest.raises(ValueError, match="no bits"):
        add_parity("1021")
