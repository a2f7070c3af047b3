CLOSING = {")": "(", "]": "[", "}": "{"}


def balanced(text):
    still_open = []
    for letter in text:
        if letter in CLOSING.values():
            still_open.append(letter)
        elif letter in CLOSING and (not still_open or still_open.pop() != CLOSING[letter]):
            return False
    return not still_open
