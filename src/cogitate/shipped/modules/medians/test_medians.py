from medians import median


def test_odd_number_of_values():
    assert median([3, 1, 2]) == 2


def test_even_number_of_values():
    assert median([4, 1, 3, 2]) == 2.5


def test_one_value():
    assert median([9]) == 9
