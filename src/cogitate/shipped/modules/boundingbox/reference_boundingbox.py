def box(points):
    if not points:
        raise ValueError("there are no points")
    xs = [x for x, y in points]
    ys = [y for x, y in points]
    return min(xs), min(ys), max(xs), max(ys)


def inside(point, area):
    x, y = point
    left, bottom, right, top = area
    return left <= x <= right and bottom <= y <= top
