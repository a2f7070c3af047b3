from bestdice import best_sum


def test_best_sum():
    assert best_sum([1, 1, 1, 6], keep=2) == 7
    assert best_sum([6, 6, 6, 6], keep=3) == 18
    assert best_sum([3, 5, 2], keep=0) == 0
    assert best_sum([], keep=2) == 0
    assert best_sum([12, 20, 7], keep=2) == 32
