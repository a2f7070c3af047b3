from interleave import interleave


def test_interleave():
    assert interleave([9, 7], [8, 6]) == [9, 8, 7, 6]
    assert interleave([], [1, 2]) == [1, 2]
    assert interleave([1, 2], []) == [1, 2]
    assert interleave([0, 0, 0, 0], [1, 1]) == [0, 1, 0, 1, 0, 0]
    assert interleave(["a"], ["b", "c", "d"]) == ["a", "b", "c", "d"]
