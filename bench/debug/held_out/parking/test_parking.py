from parking import fee


def test_free():
    assert fee(10) == 0


def test_begun_hour():
    assert fee(61) == 5.0
