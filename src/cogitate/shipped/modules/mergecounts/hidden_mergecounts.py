from mergecounts import add_counts


def test_add_counts():
    assert add_counts({}, {}) == {}
    assert add_counts({"x": 10}, {"x": -3}) == {"x": 7}
    assert add_counts({"k": 0}, {"m": 0}) == {"k": 0, "m": 0}


def test_second_argument_is_not_changed():
    second = {"b": 2}
    add_counts({"b": 5, "c": 1}, second)
    assert second == {"b": 2}
