from midpoints import midpoint


def test_on_the_axis():
    assert midpoint((0, 0), (4, 0)) == (2, 0)


def test_both_coordinates():
    assert midpoint((1, 2), (3, 8)) == (2, 5)


def test_between_whole_numbers():
    assert midpoint((0, 0), (1, 3)) == (0.5, 1.5)
