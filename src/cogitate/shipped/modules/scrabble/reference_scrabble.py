def points(word):
    total = 0
    for letter in word.lower():
        if letter in "qz":
            total += 10
        elif letter in "aeiou":
            total += 1
        else:
            total += 2
    return total
