from vending import change


def test_change():
    try:
        coins = change(80)
    except ValueError:
        coins = None
    assert coins == [50, 20, 10]
