from parking import fee


def test_fee():
    assert fee(11) == 3
    assert fee(60) == 3
    assert fee(120) == 5
    assert fee(121) == 7
    assert fee(20 * 60) == 18
    assert fee(24 * 60) == 18
    assert fee(24 * 60 + 1) == 21
