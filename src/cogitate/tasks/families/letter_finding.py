"""Letter finding, the smallest family: a model from random weights learns it in seconds.

    "kwbz?" -> thought "b", answer "b"

One of the first letters of the alphabet hides among three late ones; at level n it is one of the
first n + 3. Words of the ood split hide it among five.
"""

from random import Random

from cogitate.tasks.splits import begin, draw_within
from cogitate.types import Task, Verdict
from cogitate.verify.strict import strict

NUM_LEVELS = 5
_HIDDEN, _OTHERS = "abcdefgh", "jkmnpqrstuvwxyz"


class LetterFinding:
    """The family: see the module."""

    name = "letter_finding"
    num_levels = NUM_LEVELS

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        """Return question `seed` of a split; without a level, of level 1 or 2."""
        key, rng = begin(self.name, split, seed, level, self.num_levels)
        level = level or rng.randint(1, 2)
        letter = rng.choice(_HIDDEN[: level + 3])
        num_others = 5 if split == "ood" else 3
        word = draw_within(
            split, lambda: _hide(rng, letter, num_others), str, f"words with {letter}"
        )
        return Task(
            key=key,
            family=self.name,
            level=level,
            question=f"{word}?",
            target=letter,
            metadata={"cluster": word},
        )

    def verify(self, task: Task, answer: str) -> Verdict:
        """Return reward 1 for the letter alone, else 0."""
        return strict(task.target, answer)

    def demonstrate(self, task: Task) -> tuple[str, str]:
        """Name the letter, then answer with it."""
        return task.target, task.target


def _hide(rng: Random, letter: str, num_others: int) -> str:
    others = rng.sample(_OTHERS, num_others)
    others.insert(rng.randint(0, num_others), letter)
    return "".join(others)
