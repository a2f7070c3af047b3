from coinsum import total_cents


def test_total():
    assert total_cents({"quarter": 4}) == 100
    assert total_cents({"nickel": 2, "penny": 0}) == 10
    assert total_cents({"penny": 1, "nickel": 1, "dime": 1, "quarter": 1}) == 41
    assert total_cents({"dime": 12, "quarter": 3}) == 195
