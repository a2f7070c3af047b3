import pytest
from vending import Machine


@pytest.fixture
def machine():
    machine = Machine()
    machine.fill("chips", price=150, count=2)
    machine.fill("gum", price=40, count=1)
    return machine


def test_buying_returns_the_change(machine):
    machine.insert(100)
    machine.insert(100)
    assert machine.buy("chips") == 50
    assert machine.credit == 0


def test_too_little_money(machine):
    machine.insert(100)
    with pytest.raises(ValueError, match="50 more needed"):
        machine.buy("chips")
    assert machine.cancel() == 100
    assert machine.credit == 0


def test_sold_out(machine):
    machine.insert(80)
    machine.buy("gum")
    machine.insert(40)
    with pytest.raises(LookupError, match="gum is sold out"):
        machine.buy("gum")
