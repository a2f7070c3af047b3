"""Group anagrams."""


def signature(word):
    """Return what anagrams have in common."""
    return "".join(sorted(word.lower()))


def groups(words):
    """Return lists of words that are anagrams of each other, two or more, in order."""
    found = {}
    for word in words:
        found.setdefault(signature(word), []).append(word)
    return [group for group in found.values() if len(group) > 1]
