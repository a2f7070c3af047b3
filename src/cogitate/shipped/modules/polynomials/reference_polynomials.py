from itertools import zip_longest


def evaluate(coefficients, x):
    return sum(factor * x**power for power, factor in enumerate(coefficients))


def add(first, second):
    total = [a + b for a, b in zip_longest(first, second, fillvalue=0)]
    while total and total[-1] == 0:
        total.pop()
    return total


def derivative(coefficients):
    return [power * factor for power, factor in enumerate(coefficients)][1:]
