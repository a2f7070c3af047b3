def load(text):
    rows = [list(line.strip()) for line in text.strip().splitlines()]
    for number, row in enumerate(rows, start=1):
        if len(row) != len(rows[0]):
            raise ValueError(f"row {number} has {len(row)} tiles, expected {len(rows[0])}")
    return rows


def save(tiles):
    return "\n".join("".join(row) for row in tiles)


def rotate(tiles, quarters=1):
    for _ in range(quarters % 4):
        tiles = [list(column) for column in zip(*reversed(tiles), strict=True)]
    return [list(row) for row in tiles]


def flip(tiles, vertical=False):
    if vertical:
        return [list(row) for row in reversed(tiles)]
    return [row[::-1] for row in tiles]


def find(tiles, tile):
    return [(r, c) for r, row in enumerate(tiles) for c, cell in enumerate(row) if cell == tile]
