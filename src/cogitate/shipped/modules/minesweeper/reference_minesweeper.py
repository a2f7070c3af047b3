def count_mines(field):
    return sum(row.count("*") for row in field)


def around(field, row, column):
    rows = field[max(0, row - 1) : row + 2]
    return count_mines([line[max(0, column - 1) : column + 2] for line in rows])


def annotate(field):
    result = []
    for y, row in enumerate(field):
        line = ""
        for x, cell in enumerate(row):
            line += "*" if cell == "*" else str(around(field, y, x) or ".")
        result.append(line)
    return result
