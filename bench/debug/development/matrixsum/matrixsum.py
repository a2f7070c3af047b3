"""Sums of a table."""

TABLE = [[1, 2, 3], [4, 5, 6]]


def row_sums(table):
    return [sum(row) for row in table]


def column_sums(table):
    """Return the sum of each column."""
    return [sum(column) for column in zip(*table, strict=True)]


if __name__ == "__main__":
    print(row_sums(TABLE), column_sums(TABLE))
