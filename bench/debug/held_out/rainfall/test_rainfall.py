from rainfall import longest_dry


def test_longest():
    assert longest_dry([0, 0.5, 3, 0]) == 2
