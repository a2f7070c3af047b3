def square_color(square):
    column = ord(square[0]) - ord("a") + 1
    row = int(square[1])
    return "dark" if (column + row) % 2 == 0 else "light"
