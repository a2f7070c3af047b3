from midpoints import midpoint


def test_more_points():
    assert midpoint((-2, -4), (2, 4)) == (0, 0)
    assert midpoint((5, 5), (5, 5)) == (5, 5)
    assert midpoint((-1, 3), (-4, 4)) == (-2.5, 3.5)
