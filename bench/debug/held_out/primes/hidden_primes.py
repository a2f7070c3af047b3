from primes import factors, is_prime


def test_factors():
    assert factors(1) == []
    assert factors(97) == [97]
    assert factors(49) == [7, 7]
    assert factors(360) == [2, 2, 2, 3, 3, 5]
    assert [n for n in range(1, 30) if is_prime(n)] == [2, 3, 5, 7, 11, 13, 17, 19, 23, 29]
