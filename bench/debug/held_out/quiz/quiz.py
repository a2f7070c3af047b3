"""Score a quiz."""

KEY = {"capital": "Paris", "river": "Seine", "year": "1789"}
ANSWERS = {"capital": " paris ", "year": "1798"}


def same(answer, correct):
    """Compare without case and spaces around."""
    return answer.strip().lower() == correct.lower()


def score(key, answers):
    """Return how many answers are correct; a missing one is not."""
    return sum(same(answers.get(name, ""), correct) for name, correct in key.items())


def grade(points, possible):
    return "pass" if points * 2 >= possible else "fail"


if __name__ == "__main__":
    points = score(KEY, ANSWERS)
    print(points, "of", len(KEY), grade(points, len(KEY)))
