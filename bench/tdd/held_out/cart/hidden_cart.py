from decimal import Decimal

import pytest
from cart import Cart


def make(*lines):
    cart = Cart()
    for name, price, quantity in lines:
        cart.add(name, Decimal(price), quantity=quantity)
    return cart


def test_total_is_exact():
    cart = make(("a", "0.10", 3), ("b", "19.99", 1), ("c", "100.01", 2))
    assert cart.total() == Decimal("220.31")
    assert cart.count() == 6


@pytest.mark.parametrize(
    ("price", "percent", "total"),
    [
        ("10.00", 0, "10.00"),
        ("10.00", 100, "0.00"),
        ("0.05", 50, "0.03"),
        ("0.15", 50, "0.08"),
        ("19.99", 15, "16.99"),
        ("33.33", 33, "22.33"),
    ],
)
def test_percent_off(price, percent, total):
    assert make(("x", price, 1)).total(percent_off=percent) == Decimal(total)


def test_discount_is_taken_from_the_whole_total():
    cart = make(("a", "0.05", 1), ("b", "0.05", 1))
    assert cart.total(percent_off=50) == Decimal("0.05")


def test_remove_one_of_two_articles():
    cart = make(("a", "1.00", 2), ("b", "5.00", 1))
    cart.remove("b")
    assert cart.total() == Decimal("2.00")
    with pytest.raises(KeyError):
        cart.remove("c")


def test_failed_add_changes_nothing():
    cart = make(("a", "1.00", 2))
    with pytest.raises(ValueError, match="a"):
        cart.add("a", Decimal("2.00"), quantity=3)
    assert cart.count() == 2
    assert cart.total() == Decimal("2.00")
