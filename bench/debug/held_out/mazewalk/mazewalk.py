"""Follow steps through a maze."""

MAZE = [
    "#####",
    "#...#",
    "#.#.#",
    "#####",
]
STEPS = {"U": (-1, 0), "D": (1, 0), "L": (0, -1), "R": (0, 1)}


def is_free(maze, row, column):
    """Return whether a field is in the maze and no wall."""
    inside = 0 <= row < len(maze) and 0 <= column < len(maze[row])
    return inside and maze[row][column] == "."


def walk(maze, row, column, steps):
    """Return where one ends; steps into walls are left out."""
    for step in steps:
        down, right = STEPS[step]
        if is_free(maze, row + down, column + right):
            row, column = row + down, column + right
    return row, column


if __name__ == "__main__":
    print(walk(MAZE, 1, 1, "RRDDDLU"))
    print(walk(["..", ".."], 0, 0, "RRDD"))
