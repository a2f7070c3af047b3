"""Letter picking, the smallest family: what a model from nothing can learn in seconds.

    "kwpz 3?" -> thought "kwp", answer "p"

At level n it is one of the first n letters of a made-up word of n + 2, all different. Words of
the ood split have two letters more.
"""

from random import Random
from string import ascii_lowercase

from cogitate.tasks.splits import content_share, need_level, need_split, normalised
from cogitate.types import Task, Verdict
from cogitate.verify.strict import strict

NUM_LEVELS = 8
_TEST_SHARE, _OOD_SHARE = 0.2, 0.1
_OOD_LETTERS = 2


class LetterPicking:
    """The family: see the module."""

    name = "letter_picking"

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        """Return question `seed` of a split; without a level, of level 1, 2 or 3."""
        need_split(self.name, split)
        need_level(self.name, level, highest=NUM_LEVELS)
        key = f"{self.name}/{split}/{seed}" + (f"/level{level}" if level else "")
        rng = Random(key)
        level = level or rng.randint(1, 3)
        num_letters = level + 2 + _OOD_LETTERS * (split == "ood")
        word = _draw(rng, split, num_letters)
        place = rng.randint(1, level)
        return Task(
            key=key,
            family=self.name,
            level=level,
            question=f"{word} {place}?",
            target=word[place - 1],
            metadata={"cluster": word, "word": word, "place": place},
        )

    def verify(self, task: Task, answer: str) -> Verdict:
        """Give 1 for the letter alone, else 0."""
        return strict(task.target, answer)

    def demonstrate(self, task: Task) -> tuple[str, str]:
        """Read the word up to the letter: ("kwp", "p")."""
        return task.metadata["word"][: task.metadata["place"]], task.target


def _draw(rng: Random, split: str, num_letters: int) -> str:
    while True:
        word = "".join(rng.sample(ascii_lowercase, num_letters))
        if _split_of(word) == split:
            return word


def _split_of(word: str) -> str:
    share = content_share(normalised(word))
    if share < _TEST_SHARE:
        return "test"
    return "ood" if share < _TEST_SHARE + _OOD_SHARE else "train"
