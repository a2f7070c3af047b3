from coinsum import total_cents


def test_total():
    assert total_cents({"penny": 3, "dime": 1}) == 13


def test_each_coin():
    assert total_cents({"penny": 1}) == 1
    assert total_cents({"nickel": 1}) == 5
    assert total_cents({"dime": 1}) == 10
    assert total_cents({"quarter": 1}) == 25


def test_no_coins():
    assert total_cents({}) == 0
