from rainfall import longest_dry


def test_longest():
    assert longest_dry([]) == 0
    assert longest_dry([1.0, 1.0]) == 0
    assert longest_dry([0, 2, 0, 2, 0]) == 1
    assert longest_dry([5, 0, 0, 0, 5, 0, 0]) == 3
    assert longest_dry([0.4, 0.6], limit=0.5) == 1
