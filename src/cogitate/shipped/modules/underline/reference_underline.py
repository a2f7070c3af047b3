def underline(title, character="-"):
    return title + "\n" + character * len(title)
