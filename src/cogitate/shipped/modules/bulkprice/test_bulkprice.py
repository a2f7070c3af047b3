"""Prices of one piece: 1.00; from 10 pieces on 0.90; from 100 on 0.75. All pieces cost the same."""

import pytest
from bulkprice import pieces_for, total


def test_few():
    assert total(1) == pytest.approx(1.0)
    assert total(9) == pytest.approx(9.0)


def test_many():
    assert total(10) == pytest.approx(9.0)
    assert total(100) == pytest.approx(75.0)


def test_no_pieces():
    with pytest.raises(ValueError):
        total(0)


def test_as_many_as_the_money_buys():
    assert pieces_for(5.0) == 5
    assert pieces_for(9.0) == 10
    assert pieces_for(0.5) == 0
