from swapends import swap_ends


def test_first_and_last_change_places():
    assert swap_ends([1, 2, 3, 4]) == [4, 2, 3, 1]


def test_two_items():
    assert swap_ends(["a", "b"]) == ["b", "a"]


def test_short_lists_stay():
    assert swap_ends([7]) == [7]
    assert swap_ends([]) == []
