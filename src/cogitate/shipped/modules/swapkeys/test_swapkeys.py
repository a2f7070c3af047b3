from swapkeys import swap


def test_keys_become_values():
    assert swap({"one": 1, "two": 2}) == {1: "one", 2: "two"}


def test_last_key_wins():
    assert swap({"a": 0, "b": 1, "c": 0}) == {0: "c", 1: "b"}


def test_empty():
    assert swap({}) == {}
