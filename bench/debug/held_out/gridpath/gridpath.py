"""Distances on a grid."""

from collections import deque


def distance(grid, start, goal):
    """Return the fewest steps between two free fields; None if there is no way."""
    queue = deque([(start, 0)])
    seen = {start}
    while queue:
        (row, column), steps = queue.popleft()
        if (row, column) == goal:
            return steps
        for r, c in ((row + 1, column), (row - 1, column), (row, column + 1), (row, column - 1)):
            inside = 0 <= r < len(grid) and 0 <= c < len(grid[0])
            if inside and grid[r][c] != "#" and (r, c) not in seen:
                seen.add((r, c))
                queue.append(((r, c), steps + 1))
    return None
