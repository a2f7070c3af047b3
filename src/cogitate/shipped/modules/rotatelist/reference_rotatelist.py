def rotate_left(items, steps):
    if not items:
        return []
    start = steps % len(items)
    return items[start:] + items[:start]
