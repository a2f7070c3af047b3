"""Sum columns of comma-separated text."""


def rows(text):
    """Return a list of dicts, by the names in the first line."""
    lines = [line for line in text.strip().splitlines() if line.strip()]
    header = [name.strip() for name in lines[0].split(",")]
    return [
        dict(zip(header, [c.strip() for c in line.split(",")], strict=False)) for line in lines[1:]
    ]


def column_sum(text, name):
    """Return the sum of a column; empty cells count as 0."""
    total = 0.0
    for row in rows(text):
        total += float(row[name] or 0)
    return total
