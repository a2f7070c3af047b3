"""Labels of a rack with drawers."""

ROWS, COLUMNS = 3, 4


def label(number, columns=COLUMNS):
    """Return the label of a drawer, counted from 0: a letter for the row, then the column."""
    row, column = divmod(number, columns)
    return f"{'ABCDEFGH'[row]}{column + 1}"


def labels(rows=ROWS, columns=COLUMNS):
    """Return all labels in order."""
    return [label(number, columns) for number in range(rows * columns)]


if __name__ == "__main__":
    print(" ".join(labels()))
