"""What is wanted of prices.py, which a model writes: cogitate tdd docs/examples/test_prices.py."""

from prices import discounted, total


def test_discounted():
    assert discounted(100, 20) == 80
    assert discounted(50, 0) == 50


def test_total():
    assert total([1.5, 2.5]) == 4.0
    assert total([]) == 0
