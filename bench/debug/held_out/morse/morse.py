"""Write Morse code."""

CODE = {
    "A": ".-",
    "B": "-...",
    "C": "-.-.",
    "D": "-..",
    "E": ".",
    "H": "....",
    "L": ".-..",
    "O": "---",
    "R": ".-.",
    "S": "...",
    "T": "-",
    "W": ".--",
}


def encode(text):
    """Return letters apart by a space and words by a slash; other signs are left out."""
    words = []
    for word in text.upper().split():
        letters = [CODE[letter] for letter in word if letter.isalpha()]
        words.append(" ".join(letters))
    return " / ".join(words)


def decode(code):
    letters = {signs: letter for letter, signs in CODE.items()}
    words = code.split(" / ")
    return " ".join("".join(letters[signs] for signs in word.split()) for word in words)


if __name__ == "__main__":
    print(encode("hello world"))
    print(decode(encode("the code")))
