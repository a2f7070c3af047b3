from neighbourpairs import pairs


def test_pairs():
    assert pairs([5, 5, 5]) == [(5, 5), (5, 5)]
    assert pairs("abc") == [("a", "b"), ("b", "c")]
    assert pairs([3, 1]) == [(3, 1)]
    assert pairs([0]) == []
