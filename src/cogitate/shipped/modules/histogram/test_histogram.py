from histogram import bars, buckets


def test_buckets_count_numbers_from_their_start_on():
    assert buckets([1, 4, 11, 25, 12], width=10) == {0: 2, 10: 2, 20: 1}


def test_border_belongs_to_the_upper_bucket():
    assert buckets([9, 10], width=10) == {0: 1, 10: 1}


def test_buckets_are_sorted_and_empty_ones_left_out():
    assert list(buckets([95, 3, 52], width=10)) == [0, 50, 90]


def test_bars():
    assert bars({0: 2, 10: 1}) == ["0: **", "10: *"]
    assert bars({}) == []
