from evensodds import split


def test_order_is_kept():
    assert split([8, 3, 6, 1]) == ([8, 6], [3, 1])


def test_negative():
    assert split([-1, -2, -3]) == ([-2], [-1, -3])


def test_nothing():
    assert split([]) == ([], [])
