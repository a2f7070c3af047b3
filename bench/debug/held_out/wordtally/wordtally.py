"""Count the words of a text."""

import string

TEXT = "The cat and the dog. The end, and that is that."


def words(text):
    """Return the words in lower case, without punctuation."""
    table = str.maketrans("", "", string.punctuation)
    return text.translate(table).lower().split()


def tally(text):
    counts = {}
    for word in words(text):
        counts[word] = counts.get(word, 0) + 1
    return counts


def top(text, n):
    """Return the n most frequent words; ties in alphabetical order."""
    counts = tally(text)
    return sorted(counts, key=lambda word: (-counts[word], word))[:n]


if __name__ == "__main__":
    for word in top(TEXT, 3):
        print(word, tally(TEXT)[word])
