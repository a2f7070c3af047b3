def interleave(first, second):
    shared = min(len(first), len(second))
    mixed = []
    for left, right in zip(first, second):
        mixed += [left, right]
    return mixed + list(first[shared:]) + list(second[shared:])
