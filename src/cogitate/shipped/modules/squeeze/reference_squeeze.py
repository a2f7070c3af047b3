def squeeze_blanks(text):
    return " ".join(text.split())
