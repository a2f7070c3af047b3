def similarity(first, second):
    first, second = set(first), set(second)
    if not first | second:
        return 1
    return len(first & second) / len(first | second)


def most_similar(items, groups):
    best = max(groups, key=lambda name: similarity(items, groups[name]), default=None)
    if best is None or similarity(items, groups[best]) == 0:
        return None
    return best
