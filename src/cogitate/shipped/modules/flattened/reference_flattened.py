def flatten(lists):
    return [item for items in lists for item in items]
