def answer(code, guess):
    if len(code) != len(guess):
        raise ValueError("code and guess differ in length")
    right = sum(a == b for a, b in zip(code, guess))
    shared = sum(min(code.count(color), guess.count(color)) for color in set(code))
    return right, shared - right
