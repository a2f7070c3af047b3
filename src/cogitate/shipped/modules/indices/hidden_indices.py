from indices import indices_of


def test_indices():
    assert indices_of(0, [0, 0, 0]) == [0, 1, 2]
    assert indices_of("x", []) == []
    assert indices_of("l", "hello") == [2, 3]
    assert indices_of(None, [1, None]) == [1]
    assert indices_of([1], [[1], [2], [1]]) == [0, 2]
