from itertools import pairwise


def is_chain(dominoes):
    return all(left[1] == right[0] for left, right in pairwise(dominoes))


def fits(chain, domino):
    first, second = domino
    if not chain or chain[-1][1] == first:
        return (first, second)
    if chain[-1][1] == second:
        return (second, first)
    raise ValueError(f"{domino} does not fit")


def points(dominoes):
    return sum(first + second for first, second in dominoes)
