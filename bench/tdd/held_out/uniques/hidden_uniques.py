from uniques import unique_by


def test_all_different():
    assert unique_by(["x", "y", "z"]) == ["x", "y", "z"]


def test_all_the_same():
    assert unique_by([7, 7, 7]) == [7]


def test_none_and_falsy_values_are_values():
    assert unique_by([None, 0, None, "", 0]) == [None, 0, ""]


def test_key_that_returns_none():
    assert unique_by([1, 2, 3], key=lambda _: None) == [1]


def test_key_on_unhashable_items():
    assert unique_by([[1, 2], [3], [4, 5]], key=len) == [[1, 2], [3]]


def test_tuples_and_rest():
    assert unique_by([(1, 2), (2, 1), (1, 2)]) == [(1, 2), (2, 1)]
    assert unique_by(range(6), key=lambda n: n // 2) == [0, 2, 4]


def test_input_is_not_changed():
    items = [1, 1, 2]
    unique_by(items)
    assert items == [1, 1, 2]
