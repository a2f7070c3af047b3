def shifted(letter, shift):
    if not letter.isalpha():
        return letter
    first = ord("A") if letter.isupper() else ord("a")
    return chr((ord(letter) - first + shift) % 26 + first)


def encrypt(text, shift):
    return "".join(shifted(letter, shift) for letter in text)


def decrypt(text, shift):
    return encrypt(text, -shift)
