from commondivisor import common_divisor


def test_common_divisor():
    assert common_divisor([10, 5]) == 5
    assert common_divisor([27, 36, 90]) == 9
    assert common_divisor([100, 75, 50, 25]) == 25
    assert common_divisor([6, 10, 15]) == 1
