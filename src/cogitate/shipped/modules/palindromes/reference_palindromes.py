def is_palindrome(text):
    characters = [character.lower() for character in text if character.isalnum()]
    return characters == characters[::-1]
