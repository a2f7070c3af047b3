"""Spelling, a practice family: letters one by one, forwards and backwards.

    strawberry -> "s t r a w b e r r y"        strawberry <: "y r r e b w a r t s"

Levels and splits are those of the words (see cogitate.tasks.words). `practice_text` gives the
same lesson as bare text, for packing in bulk.
"""

from random import Random

from cogitate.tasks import words
from cogitate.tasks.splits import need_level, need_split
from cogitate.types import Task, Verdict
from cogitate.verify.strict import strict

PHRASINGS = {
    False: ("Spell the word {word}.", "Write the letters of {word} one by one."),
    True: ("Spell the word {word} backwards.", "Write the letters of {word} in reverse order."),
}
_LEVEL_WEIGHTS = (0.2, 0.35, 0.3, 0.15)
_FORM = " Put one space between the letters."


class Spelling:
    """The family: see the module."""

    name = "spelling"

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        """Return word `seed` of a split to spell; every other one backwards."""
        need_split(self.name, split)
        need_level(self.name, level, highest=4)
        key = f"{self.name}/{split}/{seed}" + (f"/level{level}" if level else "")
        rng = Random(key)
        if level is None:
            level = rng.choices(range(1, 5), _LEVEL_WEIGHTS)[0]
        word = words.draw_word(rng, split, level)
        backwards = seed % 2 == 1
        return Task(
            key=key,
            family=self.name,
            level=level,
            question=rng.choice(PHRASINGS[backwards]).format(word=word) + _FORM,
            target=" ".join(word[::-1] if backwards else word),
            metadata={"cluster": word, "text": word},
        )

    def verify(self, task: Task, answer: str) -> Verdict:
        """Give 1 for every letter in its place with single spaces between, else 0."""
        return strict(task.target, answer)

    def demonstrate(self, task: Task) -> tuple[str, str]:
        """Spell forwards in the thought, then as asked."""
        return spelled(task.metadata["text"]), task.target


def spelled(word: str) -> str:
    """Return the letters, each after a space.

    Example: spelled("car") -> " c a r"
    """
    return "".join(f" {letter}" for letter in word)


def practice_text(word: str, *, backwards: bool = False) -> tuple[str, str]:
    """Return a bare prompt and its completion.

    Example: practice_text("car") -> (" car:", " c a r"); backwards (" car <:", " r a c")
    """
    if backwards:
        return f" {word} <:", spelled(word[::-1])
    return f" {word}:", spelled(word)
