from elections import seats


def test_seats():
    assert seats({"a": 100, "b": 80, "c": 30}, 8) == {"a": 4, "b": 3, "c": 1}
    assert seats({"a": 1}, 3) == {"a": 3}
    assert seats({"a": 5, "b": 4}, 0) == {"a": 0, "b": 0}
