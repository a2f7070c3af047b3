from currencies import to_euro, total


def test_dollars():
    assert to_euro(100, "USD") == 92.0


def test_francs_are_known():
    assert total([(10, "CHF")]) > 0
