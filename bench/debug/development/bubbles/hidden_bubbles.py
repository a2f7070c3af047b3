from bubbles import sort


def test_sort():
    assert sort([]) == ([], 0)
    assert sort([3, 2, 1]) == ([1, 2, 3], 3)
    assert sort([2, 2, 1]) == ([1, 2, 2], 2)
