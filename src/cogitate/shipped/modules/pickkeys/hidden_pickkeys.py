from pickkeys import pick


def test_pick():
    assert pick({"a": 1, "b": 2, "c": 3}, ["c", "a"]) == {"a": 1, "c": 3}
    assert pick({"a": None}, ["a", "b"]) == {"a": None}
    assert pick({}, ["x"]) == {}
    assert pick({1: "one", 2: "two"}, [2]) == {2: "two"}
