"""Wrap text."""


def wrap(text, width):
    """Return lines of at most `width` characters; a longer word has its own line."""
    lines, line = [], ""
    for word in text.split():
        candidate = f"{line} {word}".strip()
        if len(candidate) <= width or not line:
            line = candidate
        else:
            lines.append(line)
            line = word
    if line:
        lines.append(line)
    return lines
