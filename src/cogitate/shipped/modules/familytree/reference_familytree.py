def children(mothers, name):
    return sorted(child for child, mother in mothers.items() if mother == name)


def ancestors(mothers, name):
    line = []
    while name in mothers:
        name = mothers[name]
        line.append(name)
    return line


def siblings(mothers, name):
    if name not in mothers:
        return []
    return [child for child in children(mothers, mothers[name]) if child != name]
