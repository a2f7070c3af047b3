from ledger import balances


def test_balances():
    assert balances({}, [("x", "y", 1), ("y", "z", 1)]) == {"x": -1, "y": 0, "z": 1}
    start = {"a": 1}
    assert balances(start, []) == {"a": 1}
    balances(start, [("a", "b", 1)])
    assert start == {"a": 1}
