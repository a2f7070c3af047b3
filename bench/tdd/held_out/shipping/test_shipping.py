"""Shipping rates of the shop, in euros.

up to 1 kg      3.90
up to 5 kg      5.90
up to 20 kg    12.50
more            not shipped (ValueError)

Express costs 6.00 on top. Standard shipping is free for orders of 50 euros or more;
for express the same orders pay only the 6.00.
"""

import pytest
from shipping import shipping_cost


@pytest.mark.parametrize(
    ("kg", "cost"), [(0.2, 3.90), (1, 3.90), (1.1, 5.90), (5, 5.90), (12, 12.50), (20, 12.50)]
)
def test_by_weight(kg, cost):
    assert shipping_cost(kg, order_total=20) == pytest.approx(cost)


def test_express():
    assert shipping_cost(3, order_total=20, express=True) == pytest.approx(11.90)


def test_free_from_fifty_euros():
    assert shipping_cost(3, order_total=50) == 0
    assert shipping_cost(3, order_total=49.99) == pytest.approx(5.90)


def test_large_order_by_express():
    assert shipping_cost(15, order_total=80, express=True) == pytest.approx(6.00)


def test_too_heavy_even_if_the_order_is_large():
    with pytest.raises(ValueError, match="too heavy"):
        shipping_cost(20.5, order_total=500)


def test_weight_must_be_positive():
    with pytest.raises(ValueError, match="weight"):
        shipping_cost(0, order_total=20)
