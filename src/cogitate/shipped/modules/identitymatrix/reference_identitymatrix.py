def identity(size):
    return [[1 if row == column else 0 for column in range(size)] for row in range(size)]
