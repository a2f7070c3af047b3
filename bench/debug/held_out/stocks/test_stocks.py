from stocks import best_trade


def test_rise():
    assert best_trade([5, 1, 6, 3]) == 5


def test_fall():
    assert best_trade([5, 4, 1]) == 0
