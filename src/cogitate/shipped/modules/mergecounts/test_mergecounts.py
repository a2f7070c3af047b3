from mergecounts import add_counts


def test_counts_are_added():
    assert add_counts({"a": 1, "b": 2}, {"b": 3, "c": 4}) == {"a": 1, "b": 5, "c": 4}


def test_one_is_empty():
    assert add_counts({}, {"x": 1}) == {"x": 1}
    assert add_counts({"x": 1}, {}) == {"x": 1}


def test_arguments_are_not_changed():
    first = {"a": 1}
    add_counts(first, {"a": 1})
    assert first == {"a": 1}
