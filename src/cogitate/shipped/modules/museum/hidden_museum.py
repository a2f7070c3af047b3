import pytest
from museum import group_price, ticket_price


def test_prices():
    assert ticket_price(0) == 0
    assert ticket_price(12) == 6
    assert ticket_price(19) == 12


def test_groups():
    assert group_price([]) == 0
    assert group_price([20]) == 12
    assert group_price([20, 20, 20, 20, 20, 20, 20, 20, 20]) == 108
    assert group_price([20, 8, 8, 8, 8, 8, 8, 8, 8, 8, 8]) == pytest.approx(64.8)
    assert group_price([3, 3, 3, 3, 3, 3, 3, 3, 3, 50]) == pytest.approx(10.8)


def test_no_age():
    with pytest.raises(ValueError):
        ticket_price(-30)
