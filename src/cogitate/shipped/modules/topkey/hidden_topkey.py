from topkey import top_key


def test_top_key():
    assert top_key({"only": 0}) == "only"
    assert top_key({"x": -5, "y": -2, "z": -9}) == "y"
    assert top_key({1: 10, 2: 30, 3: 30}) == 2
    assert top_key({"a": 1.5, "b": 1.25}) == "a"
