from neighbourpairs import pairs


def test_each_item_with_the_next():
    assert pairs([1, 2, 3, 4]) == [(1, 2), (2, 3), (3, 4)]


def test_two_items():
    assert pairs(["a", "b"]) == [("a", "b")]


def test_too_few_items():
    assert pairs(["a"]) == []
    assert pairs([]) == []
