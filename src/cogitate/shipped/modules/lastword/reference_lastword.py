def last_word(text):
    words = text.split()
    return words[-1] if words else ""
