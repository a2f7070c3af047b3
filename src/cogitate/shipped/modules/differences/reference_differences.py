from itertools import pairwise


def differences(numbers):
    return [after - before for before, after in pairwise(numbers)]
