from topkey import top_key


def test_key_with_the_highest_value():
    assert top_key({"apples": 3, "pears": 7, "plums": 5}) == "pears"


def test_first_one_if_there_are_several():
    assert top_key({"b": 2, "a": 2, "c": 1}) == "b"


def test_empty():
    assert top_key({}) is None
