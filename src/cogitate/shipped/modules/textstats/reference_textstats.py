import re


def words(text):
    return re.findall(r"[A-Za-z']+", text)


def sentences(text):
    return [part.strip() for part in re.findall(r"[^.!?]+[.!?]*", text) if part.strip()]


def average_word_length(text):
    found = words(text)
    if not found:
        return 0
    return sum(len(word) for word in found) / len(found)
