def area(rectangle):
    left, bottom, right, top = rectangle
    if left > right or bottom > top:
        raise ValueError("sides are out of order")
    return (right - left) * (top - bottom)


def overlap(first, second):
    left, bottom = max(first[0], second[0]), max(first[1], second[1])
    right, top = min(first[2], second[2]), min(first[3], second[3])
    if left >= right or bottom >= top:
        return None
    return left, bottom, right, top
