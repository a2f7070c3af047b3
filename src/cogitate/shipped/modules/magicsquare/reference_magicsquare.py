def sums(square):
    size = range(len(square))
    found = {sum(row) for row in square}
    found |= {sum(row[column] for row in square) for column in size}
    found.add(sum(square[i][i] for i in size))
    found.add(sum(square[i][-1 - i] for i in size))
    return found


def is_magic(square):
    return len(sums(square)) == 1


def magic_sum(square):
    if not is_magic(square):
        raise ValueError("the square is not magic")
    return sum(square[0])
