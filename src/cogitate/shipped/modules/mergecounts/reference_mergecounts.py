def add_counts(first, second):
    total = dict(first)
    for key, count in second.items():
        total[key] = total.get(key, 0) + count
    return total
