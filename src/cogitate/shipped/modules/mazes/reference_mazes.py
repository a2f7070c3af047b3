STEPS = [(-1, 0), (1, 0), (0, -1), (0, 1)]


def find(maze, wanted):
    for row, line in enumerate(maze):
        if wanted in line:
            return row, line.index(wanted)
    raise ValueError(f"no {wanted} in the maze")


def shortest_path(maze):
    start, end = find(maze, "S"), find(maze, "E")
    seen, edge, steps = {start}, [start], 0
    while edge:
        if end in edge:
            return steps
        around = [(row + down, column + right) for row, column in edge for down, right in STEPS]
        edge = []
        for row, column in around:
            inside = 0 <= row < len(maze) and 0 <= column < len(maze[row])
            if inside and maze[row][column] != "#" and (row, column) not in seen:
                seen.add((row, column))
                edge.append((row, column))
        steps += 1
    return None
