import math


def row(number):
    if number < 0:
        raise ValueError("rows are counted from 0")
    return [math.comb(number, place) for place in range(number + 1)]


def triangle(height):
    return [row(number) for number in range(height)]
