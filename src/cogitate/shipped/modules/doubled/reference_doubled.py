def double_letters(text):
    return "".join(character * 2 for character in text)
