from flattened import flatten


def test_flatten():
    assert flatten([["a"], ["b", "c"]]) == ["a", "b", "c"]
    assert flatten([[], [], []]) == []
    assert flatten([[[1]], [[2], [3]]]) == [[1], [2], [3]]
    assert flatten([[0, None], [False]]) == [0, None, False]
