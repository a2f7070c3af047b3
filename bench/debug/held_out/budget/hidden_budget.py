from budget import remaining, warnings


def test_remaining():
    assert remaining({"a": 1}, {}) == {"a": 1}
    assert remaining({"a": 1}, {"a": 3, "b": 9}) == {"a": -2}


def test_warnings():
    assert warnings({"b": 10, "a": 10}, {"a": 10, "b": 9.5}) == ["a", "b"]
    assert warnings({"a": 10}, {"a": 9}) == []
