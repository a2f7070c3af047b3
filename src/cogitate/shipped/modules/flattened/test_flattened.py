from flattened import flatten


def test_one_level():
    assert flatten([[1, 2], [3], []]) == [1, 2, 3]


def test_deeper_levels_stay():
    assert flatten([[1, [2, 3]], [4]]) == [1, [2, 3], 4]


def test_empty():
    assert flatten([]) == []
