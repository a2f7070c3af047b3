from indices import indices_of


def test_found_more_than_once():
    assert indices_of("a", ["a", "b", "a"]) == [0, 2]


def test_found_once():
    assert indices_of(3, [1, 2, 3]) == [2]


def test_not_found():
    assert indices_of(9, [1, 2, 3]) == []
