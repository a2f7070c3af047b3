import pytest
from changemaker import change


def test_change():
    assert change(price=1, paid=2) == [1]
    assert change(price=0, paid=188) == [50, 50, 50, 20, 10, 5, 2, 1]
    assert change(price=60, paid=100) == [20, 20]
    assert change(price=96, paid=100) == [2, 2]


def test_paid_too_little():
    with pytest.raises(ValueError, match="17 cents are missing"):
        change(price=17, paid=0)
