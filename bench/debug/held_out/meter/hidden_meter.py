from meter import cost, usage


def test_usage():
    assert usage([("a", 1), ("b", 4), ("c", 4)]) == [("a", "b", 3), ("b", "c", 0)]
    assert usage([("a", 1)]) == []


def test_cost():
    assert cost([("a", 0), ("b", 10)], price=0.25) == 2.5
    assert cost([]) == 0
