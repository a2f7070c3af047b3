import pytest
from vending import Machine


@pytest.fixture
def machine():
    machine = Machine()
    machine.fill("soda", price=120, count=1)
    return machine


def test_exact_money(machine):
    machine.insert(20)
    machine.insert(100)
    assert machine.credit == 120
    assert machine.buy("soda") == 0


def test_no_money(machine):
    with pytest.raises(ValueError, match="120 more needed"):
        machine.buy("soda")
    assert machine.cancel() == 0


def test_errors_keep_money_and_goods(machine):
    machine.insert(50)
    with pytest.raises(ValueError, match="70 more needed"):
        machine.buy("soda")
    machine.insert(100)
    assert machine.buy("soda") == 30
    machine.insert(200)
    with pytest.raises(LookupError, match="soda is sold out"):
        machine.buy("soda")
    assert machine.cancel() == 200
