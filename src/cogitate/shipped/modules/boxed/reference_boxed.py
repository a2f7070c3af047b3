def box(lines, border="*"):
    if not lines:
        return []
    width = max(len(line) for line in lines)
    edge = border * (width + 4)
    return [edge, *(f"{border} {line:<{width}} {border}" for line in lines), edge]
