"""Letter picking, the smallest family: what a model from nothing can learn in seconds.

    "kwpz 3?" -> thought "kwp", answer "p"

At level n the made-up word has n + 2 letters, all different. The ood split has two more.
"""

from random import Random
from string import ascii_lowercase

from cogitate.tasks.splits import content_share, need_level, need_split, normalised
from cogitate.types import Task, Verdict
from cogitate.verify.strict import strict

NUM_LEVELS = 8
_TEST_SHARE = 0.2
_OOD_LETTERS = 2


class LetterPicking:
    """The family: see the module."""

    name = "letter_picking"

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        """Return question `seed` of a split; without a level, of level 1 or 2."""
        need_split(self.name, split)
        need_level(self.name, level, highest=NUM_LEVELS)
        key = f"{self.name}/{split}/{seed}" + (f"/level{level}" if level else "")
        rng = Random(key)
        level = level or rng.randint(1, 2)
        num_letters = level + 2 + _OOD_LETTERS * (split == "ood")
        word = _draw(rng, "test" if split == "test" else "train", num_letters)
        place = rng.randint(1, num_letters)
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
        own = "test" if content_share(normalised(word)) < _TEST_SHARE else "train"
        if own == split:
            return word
