def translate_word(word):
    if word[0] in "aeiou":
        return word + "way"
    start = 0
    while start < len(word) and word[start] not in "aeiou":
        start += 1
    return word[start:] + word[:start] + "ay"


def translate(text):
    return " ".join(translate_word(word) for word in text.split())
