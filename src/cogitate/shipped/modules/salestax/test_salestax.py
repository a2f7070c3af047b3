from salestax import with_tax


def test_twenty_percent():
    assert with_tax(100, 20) == 120


def test_no_tax():
    assert with_tax(59.9, 0) == 59.9


def test_rounded_to_cents():
    assert with_tax(9.99, 7) == 10.69
    assert with_tax(1.25, 19) == 1.49
