def to_dicts(header, rows, fill=None):
    result = []
    for number, row in enumerate(rows, start=1):
        if len(row) > len(header):
            raise ValueError(f"row {number} has {len(row)} cells, expected at most {len(header)}")
        cells = list(row) + [fill] * (len(header) - len(row))
        result.append(dict(zip(header, cells, strict=True)))
    return result
