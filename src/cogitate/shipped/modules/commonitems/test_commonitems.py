from commonitems import common


def test_items_of_both_lists():
    assert common([1, 2, 3], [2, 3, 4]) == [2, 3]


def test_order_of_the_first_list():
    assert common(["c", "a", "b"], ["a", "b", "c"]) == ["c", "a", "b"]


def test_nothing_in_common():
    assert common([1], [2]) == []
