from commondivisor import common_divisor


def test_largest_number_that_divides_all():
    assert common_divisor([12, 18]) == 6
    assert common_divisor([8, 12, 20]) == 4


def test_nothing_in_common():
    assert common_divisor([7, 9]) == 1


def test_single_number():
    assert common_divisor([15]) == 15
