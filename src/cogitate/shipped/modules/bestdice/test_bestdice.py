from bestdice import best_sum


def test_sum_of_the_highest():
    assert best_sum([6, 1, 4, 3], keep=3) == 13
    assert best_sum([2, 5], keep=1) == 5


def test_all():
    assert best_sum([1, 2, 3], keep=3) == 6


def test_fewer_dice_than_wanted():
    assert best_sum([4], keep=2) == 4
