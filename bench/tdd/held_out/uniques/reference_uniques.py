def unique_by(items, key=None):
    seen = set()
    result = []
    for item in items:
        mark = item if key is None else key(item)
        if mark not in seen:
            seen.add(mark)
            result.append(item)
    return result
