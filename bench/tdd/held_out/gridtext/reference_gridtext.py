def render(header, rows):
    texts = [["" if cell is None else str(cell) for cell in row] for row in rows]
    widths = [max(map(len, column)) for column in zip(header, *texts, strict=True)]

    def line(cells):
        padded = [
            str(cell).rjust(width)
            if isinstance(cell, int | float)
            else ("" if cell is None else cell).ljust(width)
            for cell, width in zip(cells, widths, strict=True)
        ]
        return " | ".join(padded).rstrip()

    rule = "-+-".join("-" * width for width in widths)
    return "\n".join([line(header), rule, *map(line, rows)])
