"""A ticket costs 12, for children under 6 nothing, under 18 half. Groups of 10 or more pay 10 %
less in all."""

import pytest
from museum import group_price, ticket_price


def test_adults():
    assert ticket_price(18) == 12
    assert ticket_price(70) == 12


def test_children():
    assert ticket_price(5) == 0
    assert ticket_price(6) == 6
    assert ticket_price(17) == 6


def test_small_group():
    assert group_price([40, 38, 9, 3]) == 30


def test_large_group():
    assert group_price([30, 30, 30, 30, 30, 30, 30, 30, 30, 30]) == pytest.approx(108)


def test_no_age():
    with pytest.raises(ValueError):
        ticket_price(-1)
