from histogram import bars, buckets


def test_buckets():
    assert buckets([], width=5) == {}
    assert buckets([0, 4, 5, 9, 10], width=5) == {0: 2, 5: 2, 10: 1}
    assert buckets([7, 7, 7], width=2) == {6: 3}
    assert list(buckets([250, 120, 30], width=100)) == [0, 100, 200]


def test_bars():
    assert bars({5: 3}) == ["5: ***"]
    assert bars({0: 1, 100: 5, 200: 2}) == ["0: *", "100: *****", "200: **"]
    assert bars(buckets([1, 1, 6], width=5)) == ["0: **", "5: *"]
