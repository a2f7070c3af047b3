import pytest
from paritybit import add_parity, check, data


@pytest.mark.parametrize(
    ("bits", "sent"), [("1", "11"), ("111", "1111"), ("0000", "00000"), ("110101", "1101010")]
)
def test_add_parity(bits, sent):
    assert add_parity(bits) == sent
    assert check(sent) is True
    assert data(sent) == bits


def test_a_wrong_bit_is_seen():
    assert check("1") is False
    assert check("11111") is False
    with pytest.raises(ValueError, match="damaged"):
        data("100")


def test_only_bits():
    with pytest.raises(ValueError, match="no bits"):
        add_parity("a1")
