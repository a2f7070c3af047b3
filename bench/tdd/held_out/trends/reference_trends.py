def percent_change(old, new):
    if old == 0:
        return "n/a"
    change = (new - old) / old * 100
    return f"{change:+.1f}%" if change else "0.0%"


def arrow(old, new):
    if new > old:
        return "▲"
    return "▼" if new < old else "–"
