CODES = (
    ".- -... -.-. -.. . ..-. --. .... .. .--- -.- .-.. -- -. --- .--. --.- .-. ... - ..- ...- .-- "
    "-..- -.-- --.."
)
LETTERS = "abcdefghijklmnopqrstuvwxyz"
TO_CODE = dict(zip(LETTERS, CODES.split()))
TO_LETTER = dict(zip(CODES.split(), LETTERS))


def look_up(table, key):
    if key not in table:
        raise ValueError(f"no Morse code: {key!r}")
    return table[key]


def encode(text):
    words = text.lower().split()
    return " / ".join(" ".join(look_up(TO_CODE, letter) for letter in word) for word in words)


def decode(code):
    words = code.split(" / ")
    return " ".join("".join(look_up(TO_LETTER, part) for part in word.split()) for word in words)
