"""A game with dice."""

ROLLS = [[3, 3, 5], [2, 2, 2], [1, 4, 6]]


def points(roll):
    """Return 100 for three equal dice, 20 for two, else the sum."""
    kinds = len(set(roll))
    if kinds == 1:
        score = 100
    elif kinds < len(roll):
        score = 20
    else:
        score = sum(roll)
    return score


def winner(rolls):
    """Return the index of the best roll, the first of equal ones."""
    scores = [points(roll) for roll in rolls]
    return scores.index(max(scores))


if __name__ == "__main__":
    print("winner:", winner(ROLLS))
