import pytest
from parking import fee


def test_fees():
    assert fee(15) == 0
    assert fee(45) == 2
    assert fee(120) == 4
    assert fee(121) == 6
    assert fee(300) == 10
    assert fee(301) == 12
    assert fee(1440) == 12


def test_negative():
    with pytest.raises(ValueError):
        fee(-1)
