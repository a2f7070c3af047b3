import pytest
from bulkprice import pieces_for, total


def test_total():
    assert total(5) == pytest.approx(5.0)
    assert total(20) == pytest.approx(18.0)
    assert total(99) == pytest.approx(89.1)
    assert total(200) == pytest.approx(150.0)


def test_no_pieces():
    with pytest.raises(ValueError):
        total(-3)


def test_as_many_as_the_money_buys():
    assert pieces_for(8.5) == 8
    assert pieces_for(18.5) == 20
    assert pieces_for(75.5) == 100
    assert pieces_for(0) == 0
    assert pieces_for(151.0) == 201
