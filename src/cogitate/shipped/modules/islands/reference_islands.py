def islands(rows):
    land = {(x, y) for y, row in enumerate(rows) for x, cell in enumerate(row) if cell == "#"}
    found = []
    while land:
        waiting = [land.pop()]
        size = 0
        while waiting:
            x, y = waiting.pop()
            size += 1
            for field in ((x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)):
                if field in land:
                    land.remove(field)
                    waiting.append(field)
        found.append(size)
    return found


def count_islands(rows):
    return len(islands(rows))


def largest_island(rows):
    return max(islands(rows), default=0)
