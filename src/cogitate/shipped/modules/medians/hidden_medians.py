from medians import median


def test_median():
    assert median([10, -10, 0]) == 0
    assert median([1, 1, 1, 100]) == 1
    assert median([8, 2]) == 5
    assert median([5, 4, 3, 2, 1]) == 3
    assert median([0.5, 2.5]) == 1.5
