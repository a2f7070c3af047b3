from bubbles import sort


def test_sort():
    assert sort([2, 1]) == ([1, 2], 1)
    assert sort([1, 1]) == ([1, 1], 0)
