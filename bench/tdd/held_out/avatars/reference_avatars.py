def initials(name):
    words = (name or "").split()
    if not words:
        return "?"
    letters = words[0][0]
    if len(words) > 1:
        letters += words[-1][0]
    return letters.upper()
