from omitkeys import omit


def test_omit():
    assert omit({"a": 1, "b": 2, "c": 3}, ["b"]) == {"a": 1, "c": 3}


def test_keys_that_are_not_there():
    assert omit({"a": 1}, ["x", "y"]) == {"a": 1}


def test_nothing_to_omit():
    assert omit({"a": 1}, []) == {"a": 1}
