import pytest
from shipping import shipping_cost


@pytest.mark.parametrize(
    ("kg", "total", "express", "cost"),
    [
        (0.01, 5, False, 3.90),
        (0.9, 5, True, 9.90),
        (4.99, 49, False, 5.90),
        (5.01, 49, False, 12.50),
        (20, 10, True, 18.50),
        (20, 50, True, 6.00),
        (0.5, 51, False, 0),
        (19, 1000, False, 0),
        (1, 49.99, True, 9.90),
    ],
)
def test_cost(kg, total, express, cost):
    assert shipping_cost(kg, order_total=total, express=express) == pytest.approx(cost)


@pytest.mark.parametrize("express", [False, True])
def test_too_heavy(express):
    with pytest.raises(ValueError, match="too heavy"):
        shipping_cost(21, order_total=10, express=express)


def test_negative_weight_of_a_large_order():
    with pytest.raises(ValueError, match="weight"):
        shipping_cost(-1, order_total=100)
