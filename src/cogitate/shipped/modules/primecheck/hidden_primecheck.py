import pytest
from primecheck import is_prime


@pytest.mark.parametrize("number", [7, 11, 29, 101, 7919])
def test_prime(number):
    assert is_prime(number)


@pytest.mark.parametrize("number", [6, 25, 49, 91, 121, 7917, -2])
def test_not_prime(number):
    assert not is_prime(number)
