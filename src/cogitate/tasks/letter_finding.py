"""Letter finding, the smallest family: what a model from nothing can learn in seconds.

    "kwbz?" -> thought "b", answer "b"

One of the first letters of the alphabet hides among three late ones; at level n it is one of the
first n + 3. Words of the ood split hide it among five.
"""

from random import Random

from cogitate.tasks.splits import content_share, need_level, need_split, normalised
from cogitate.types import Task, Verdict
from cogitate.verify.strict import strict

NUM_LEVELS = 5
_HIDDEN, _OTHERS = "abcdefgh", "jkmnpqrstuvwxyz"
_TEST_SHARE, _OOD_SHARE = 0.2, 0.1


class LetterFinding:
    """The family: see the module."""

    name = "letter_finding"

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        """Return question `seed` of a split; without a level, of level 1 or 2."""
        need_split(self.name, split)
        need_level(self.name, level, highest=NUM_LEVELS)
        key = f"{self.name}/{split}/{seed}" + (f"/level{level}" if level else "")
        rng = Random(key)
        level = level or rng.randint(1, 2)
        letter = rng.choice(_HIDDEN[: level + 3])
        word = _hide(rng, letter, split)
        return Task(
            key=key,
            family=self.name,
            level=level,
            question=f"{word}?",
            target=letter,
            metadata={"cluster": word},
        )

    def verify(self, task: Task, answer: str) -> Verdict:
        """Give 1 for the letter alone, else 0."""
        return strict(task.target, answer)

    def demonstrate(self, task: Task) -> tuple[str, str]:
        """Name the letter, then answer with it."""
        return task.target, task.target


def _hide(rng: Random, letter: str, split: str) -> str:
    """Draw words around a letter until one belongs to the split."""
    while True:
        others = rng.sample(_OTHERS, 5 if split == "ood" else 3)
        others.insert(rng.randint(0, len(others)), letter)
        word = "".join(others)
        if _split_of(word) == split:
            return word


def _split_of(word: str) -> str:
    share = content_share(normalised(word))
    if share < _TEST_SHARE:
        return "test"
    return "ood" if share < _TEST_SHARE + _OOD_SHARE else "train"
