from salestax import with_tax


def test_prices():
    assert with_tax(200, 19) == 238
    assert with_tax(0, 25) == 0
    assert with_tax(4.99, 10) == 5.49
    assert with_tax(19.95, 8) == 21.55
    assert with_tax(50, 100) == 100
