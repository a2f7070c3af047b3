from swapends import swap_ends


def test_swap_ends():
    assert swap_ends([9, 0, 1]) == [1, 0, 9]
    assert swap_ends(["x", "y", "y", "x"]) == ["x", "y", "y", "x"]
    assert swap_ends([True, False]) == [False, True]
    assert swap_ends([[1], [2], [3]]) == [[3], [2], [1]]
