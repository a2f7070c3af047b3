from differences import differences


def test_each_number_minus_the_one_before():
    assert differences([1, 4, 9, 16]) == [3, 5, 7]


def test_falling():
    assert differences([10, 7]) == [-3]


def test_single_number():
    assert differences([5]) == []
