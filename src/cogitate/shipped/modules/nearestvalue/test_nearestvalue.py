from nearestvalue import nearest


def test_nearest():
    assert nearest([1, 5, 10], 6) == 5


def test_exact():
    assert nearest([1, 5, 10], 10) == 10


def test_first_of_equally_near():
    assert nearest([4, 8], 6) == 4
    assert nearest([8, 4], 6) == 8
