import math


def common_divisor(numbers):
    return math.gcd(*numbers)
