def shorten(text, width, where="end"):
    if width < 1:
        raise ValueError("width must be positive")
    if where not in ("start", "middle", "end"):
        raise ValueError(f"unknown place: {where!r}")
    if len(text) <= width:
        return text
    keep = width - 1
    head = {"start": 0, "middle": (keep + 1) // 2, "end": keep}[where]
    tail = keep - head
    return text[:head] + "…" + text[len(text) - tail :]
