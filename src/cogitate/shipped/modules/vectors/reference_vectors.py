import math


def check(a, b):
    if len(a) != len(b):
        raise ValueError("vectors differ in dimension")


def add(a, b):
    check(a, b)
    return tuple(x + y for x, y in zip(a, b))


def scale(vector, factor):
    return tuple(x * factor for x in vector)


def dot(a, b):
    check(a, b)
    return sum(x * y for x, y in zip(a, b))


def length(vector):
    return math.sqrt(dot(vector, vector))
