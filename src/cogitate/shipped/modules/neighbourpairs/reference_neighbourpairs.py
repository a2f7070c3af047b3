from itertools import pairwise


def pairs(items):
    return list(pairwise(items))
