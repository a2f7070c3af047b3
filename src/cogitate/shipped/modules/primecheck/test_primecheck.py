import pytest
from primecheck import is_prime


@pytest.mark.parametrize("number", [2, 3, 5, 13, 97])
def test_prime(number):
    assert is_prime(number)


@pytest.mark.parametrize("number", [1, 4, 9, 15, 100])
def test_not_prime(number):
    assert not is_prime(number)


def test_zero_and_less_are_not_prime():
    assert not is_prime(0)
    assert not is_prime(-7)
