import pytest
from cardnames import long_name, short_name


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("AS", "ace of spades"),
        ("KH", "king of hearts"),
        ("QD", "queen of diamonds"),
        ("JC", "jack of clubs"),
        ("10H", "10 of hearts"),
        ("2C", "2 of clubs"),
    ],
)
def test_both_ways(short, long):
    assert long_name(short) == long
    assert short_name(long) == short


@pytest.mark.parametrize("short", ["", "A", "1H", "11C", "KX", "hearts"])
def test_no_card(short):
    with pytest.raises(ValueError):
        long_name(short)
