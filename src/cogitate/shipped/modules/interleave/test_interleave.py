from interleave import interleave


def test_same_length():
    assert interleave([1, 3, 5], [2, 4, 6]) == [1, 2, 3, 4, 5, 6]


def test_rest_of_the_longer_list_comes_last():
    assert interleave(["a", "b", "c"], ["x"]) == ["a", "x", "b", "c"]
    assert interleave([1], [2, 3, 4]) == [1, 2, 3, 4]


def test_empty():
    assert interleave([], []) == []
