from decimal import Decimal

import pytest
from cart import Cart


def euros(text):
    return Decimal(text)


def test_empty():
    assert Cart().total() == euros("0.00")


def test_total():
    cart = Cart()
    cart.add("tea", euros("3.50"), quantity=2)
    cart.add("mug", euros("8.00"))
    assert cart.count() == 3
    assert cart.total() == euros("15.00")


def test_add_again():
    cart = Cart()
    cart.add("tea", euros("3.50"))
    cart.add("tea", euros("3.50"), quantity=4)
    assert cart.total() == euros("17.50")


def test_remove():
    cart = Cart()
    cart.add("tea", euros("3.50"), quantity=3)
    cart.remove("tea")
    assert cart.count() == 2
    cart.remove("tea", quantity=2)
    assert cart.total() == 0
    with pytest.raises(KeyError):
        cart.remove("tea")


def test_remove_too_many():
    cart = Cart()
    cart.add("tea", euros("3.50"))
    with pytest.raises(ValueError):
        cart.remove("tea", quantity=2)
    assert cart.count() == 1


def test_percent_off_rounds_half_up():
    cart = Cart()
    cart.add("pen", euros("0.99"))
    assert cart.total(percent_off=50) == euros("0.50")
    assert cart.total(percent_off=10) == euros("0.89")


def test_price_must_not_change():
    cart = Cart()
    cart.add("tea", euros("3.50"))
    with pytest.raises(ValueError, match="tea"):
        cart.add("tea", euros("3.60"))
