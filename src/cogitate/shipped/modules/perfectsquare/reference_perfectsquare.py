import math


def is_square(number):
    return number >= 0 and math.isqrt(number) ** 2 == number
