DIGITS = "zero one two three four five six seven eight nine"


def full(table):
    digits = {str(number): word for number, word in enumerate(DIGITS.split())}
    return {**table, **digits}


def spell(text, table):
    words = full(table)
    return " ".join(words[character] for character in text.lower())


def read(text, table):
    characters = {word: character for character, word in full(table).items()}
    result = ""
    for word in text.lower().split():
        if word not in characters:
            raise ValueError(f"unknown word: {word}")
        result += characters[word]
    return result
