import pytest
from cardnames import long_name, short_name


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("AD", "ace of diamonds"),
        ("9S", "9 of spades"),
        ("10C", "10 of clubs"),
        ("QH", "queen of hearts"),
        ("JS", "jack of spades"),
        ("3D", "3 of diamonds"),
    ],
)
def test_both_ways(short, long):
    assert long_name(short) == long
    assert short_name(long) == short


@pytest.mark.parametrize("short", ["H", "0S", "K", "10", "100D", "ZC"])
def test_no_card(short):
    with pytest.raises(ValueError):
        long_name(short)
