class CycleError(Exception):
    pass


def complete(deps):
    """Every package with the set of what it still waits for."""
    names = {*deps, *(name for needs in deps.values() for name in needs)}
    return {name: set(deps.get(name, ())) for name in names}


def build_order(deps):
    waiting = complete(deps)
    order = []
    while waiting:
        name = min(ready(waiting))
        order.append(name)
        remove(waiting, [name])
    return order


def layers(deps):
    waiting = complete(deps)
    result = []
    while waiting:
        result.append(sorted(ready(waiting)))
        remove(waiting, result[-1])
    return result


def ready(waiting):
    names = [name for name, needs in waiting.items() if not needs]
    if not names:
        raise CycleError("cycle: " + " -> ".join(find_cycle(waiting)))
    return names


def remove(waiting, names):
    for name in names:
        del waiting[name]
    for needs in waiting.values():
        needs.difference_update(names)


def find_cycle(waiting):
    path = [min(waiting)]
    while (following := min(waiting[path[-1]])) not in path:
        path.append(following)
    return [*path[path.index(following) :], following]


def affected(deps, changed):
    found = {changed}
    while True:
        more = {name for name, needs in deps.items() if found & set(needs)} - found
        if not more:
            return found
        found |= more
