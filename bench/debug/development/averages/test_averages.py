from averages import average, best


def test_average():
    assert average([1, 2]) == 1.5
    assert average([]) is None


def test_best():
    assert best({"a": [1], "b": [3], "c": []}) == "b"
