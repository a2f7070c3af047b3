from commonitems import common


def test_common():
    assert common([5, 3, 1], [1, 2, 3]) == [3, 1]
    assert common([], [1, 2]) == []
    assert common([1, 2], []) == []
    assert common(["x", "y"], ["y", "x", "z"]) == ["x", "y"]
