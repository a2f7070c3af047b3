from wordtally import tally, top


def test_tally():
    assert tally("A b a, B! a") == {"a": 3, "b": 2}
    assert tally("") == {}


def test_top():
    assert top("x y y z z", 2) == ["y", "z"]
    assert top("one", 5) == ["one"]
