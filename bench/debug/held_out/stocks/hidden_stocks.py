from stocks import best_trade


def test_best_trade():
    assert best_trade([3, 8, 1, 4]) == 5
    assert best_trade([]) == 0
    assert best_trade([2]) == 0
    assert best_trade([7, 2, 9, 1, 10]) == 9
