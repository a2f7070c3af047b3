"""A line of numbered tiles with one gap (0)."""


def moves(tiles):
    """Return the positions of the tiles beside the gap."""
    gap = tiles.index(0)
    return [place for place in (gap - 1, gap + 1) if 0 <= place < len(tiles)]


def move(tiles, place):
    """Return the tiles after the one at a place moved to the gap."""
    if place not in moves(tiles):
        raise ValueError(f"the tile at {place} cannot move")
    gap = tiles.index(0)
    new = list(tiles)
    new[gap], new[place] = new[place], 0
    return new
