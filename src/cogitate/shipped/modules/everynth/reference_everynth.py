def every_nth(items, n):
    return items[::n]
