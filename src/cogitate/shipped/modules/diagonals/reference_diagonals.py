def diagonal(matrix):
    return [row[index] for index, row in enumerate(matrix)]
