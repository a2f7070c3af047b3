from spending import by, month


def test_by():
    entries = [
        {"date": "2025-12-31", "category": "a", "amount": 1, "value": 50},
        {"date": "2025-12-01", "category": "b", "amount": 2.5},
    ]
    assert by(entries, month) == {"2025-12": 3.5}
    assert by(entries, lambda e: e["category"]) == {"a": 1, "b": 2.5}
    assert by([], month) == {}
