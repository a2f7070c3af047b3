"""Guess a number from "higher" and "lower"."""

from random import Random

from cogitate import Step, Verdict

HIGHEST, GUESSES = 3, 2


def generate(split, seed, level=None):
    number = Random(f"{split}/{seed}").randint(1, HIGHEST)
    return {"question": f"1-{HIGHEST}?", "answer": str(number)}


class Env:
    def reset(self, task):
        self.number, self.left = int(task.target), GUESSES
        return [{"role": "user", "content": task.question}]

    def step(self, answer):
        self.left -= 1
        if answer == str(self.number):
            return Step(done=True, verdict=Verdict(reward=1.0))
        if not self.left or not answer.isdecimal():
            return Step(done=True, verdict=Verdict(reward=0.0, why=f"it was {self.number}"))
        word = "higher" if int(answer) < self.number else "lower"
        return Step(messages=[{"role": "user", "content": word}])

    def close(self):
        pass
