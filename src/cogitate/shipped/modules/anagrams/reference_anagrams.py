def are_anagrams(first, second):
    return sorted(first.lower()) == sorted(second.lower())
