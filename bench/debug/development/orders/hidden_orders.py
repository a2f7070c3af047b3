from orders import by_customer


def test_by_customer():
    orders = [{"customer": "a", "total": 1}, {"customer": "a", "total": 2, "name": "z"}]
    assert by_customer(orders) == {"a": 3}
    assert by_customer([]) == {}
