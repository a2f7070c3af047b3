def distance(first, second):
    if len(first) != len(second):
        raise ValueError("texts differ in length")
    return sum(a != b for a, b in zip(first, second))
