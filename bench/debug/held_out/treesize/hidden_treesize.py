from treesize import largest, size


def test_size():
    assert size(7) == 7
    assert size({}) == 0
    assert size({"a": {"b": {"c": 1}}, "d": 2}) == 3


def test_largest():
    assert largest({"a": 5, "b": {"c": 3, "d": 3}}) == "b"
