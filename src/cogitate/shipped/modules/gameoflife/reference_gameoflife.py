STEPS = [(-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1)]


def around(cell):
    return [(cell[0] + x, cell[1] + y) for x, y in STEPS]


def neighbours(cell, alive):
    return sum(other in alive for other in around(cell))


def step(alive):
    candidates = set(alive)
    for cell in alive:
        candidates.update(around(cell))
    return {
        cell
        for cell in candidates
        if neighbours(cell, alive) == 3 or (cell in alive and neighbours(cell, alive) == 2)
    }
