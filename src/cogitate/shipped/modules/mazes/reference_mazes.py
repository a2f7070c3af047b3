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
        around = [
            field
            for row, column in edge
            for field in (
                (row - 1, column),
                (row + 1, column),
                (row, column - 1),
                (row, column + 1),
            )
        ]
        edge = []
        for row, column in around:
            inside = 0 <= row < len(maze) and 0 <= column < len(maze[row])
            if inside and maze[row][column] != "#" and (row, column) not in seen:
                seen.add((row, column))
                edge.append((row, column))
        steps += 1
    return None
