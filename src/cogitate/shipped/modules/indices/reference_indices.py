def indices_of(wanted, items):
    return [index for index, item in enumerate(items) if item == wanted]
