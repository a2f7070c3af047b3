def multiply(left, right):
    width = len(left[0])
    if width != len(right):
        raise ValueError(f"{width} columns, but {len(right)} rows")
    return [
        [sum(row[i] * right[i][column] for i in range(width)) for column in range(len(right[0]))]
        for row in left
    ]
