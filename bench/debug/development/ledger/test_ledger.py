from ledger import balances


def test_balances():
    assert balances({"a": 10, "b": 0}, [("a", "b", 4)]) == {"a": 6, "b": 4}
