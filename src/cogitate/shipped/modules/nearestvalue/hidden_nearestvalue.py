from nearestvalue import nearest


def test_nearest():
    assert nearest([1, 5, 10], 100) == 10
    assert nearest([1, 5, 10], -3) == 1
    assert nearest([-2, 2], 0) == -2
    assert nearest([3], 99) == 3
    assert nearest([0.5, 0.75, 1], 0.7) == 0.75
