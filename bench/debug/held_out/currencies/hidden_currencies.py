from currencies import to_euro, total


def test_francs():
    assert to_euro(200, "CHF") == 207.7
    assert total([(100, "CHF"), (10, "EUR")]) == 113.85
