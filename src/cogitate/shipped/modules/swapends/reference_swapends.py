def swap_ends(items):
    if len(items) < 2:
        return list(items)
    return [items[-1], *items[1:-1], items[0]]
