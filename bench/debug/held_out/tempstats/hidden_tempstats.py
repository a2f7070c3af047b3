from tempstats import changes, median


def test_changes():
    assert changes([1, 4, 2]) == [3, -2]
    assert changes([5]) == []
    assert changes([]) == []


def test_median():
    assert median([3, 1, 2]) == 2
    assert median([4, 1, 2, 3]) == 2.5
