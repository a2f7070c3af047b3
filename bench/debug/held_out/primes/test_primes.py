from primes import factors, is_prime


def test_factors():
    assert factors(12) == [2, 2, 3]


def test_is_prime():
    assert is_prime(7)
    assert not is_prime(9)
