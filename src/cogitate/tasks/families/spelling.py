"""Spelling, a family for the drill: letters one by one, forwards and backwards.

    strawberry -> "s t r a w b e r r y"        strawberry <: "y r r e b w a r t s"

Levels and splits are those of the words (see `words`). Drill items are bare text, packed in bulk.
Most words are one token, whose letters a model has hardly seen. But it has seen other spellings of
the same word, which split into shorter tokens. So a drill item leads from the word through these
to its letters:

    " strawberry:" -> " _strawberry STRAWBERRY s t r a w b e r r y"
    in tokens: strawberry -> _ st raw berry -> ST RAW B ERR Y -> s t r a w b e r r y
"""

import re
from collections.abc import Sequence
from random import Random

from cogitate.tasks.families import words
from cogitate.tasks.splits import begin
from cogitate.types import Task, Verdict
from cogitate.verify.strict import strict

PHRASINGS = {
    False: ("Spell the word {word}.", "Give the letters of {word} one by one."),
    True: ("Spell the word {word} backwards.", "Give the letters of {word} in reverse order."),
}
_LEVEL_WEIGHTS = (0.2, 0.35, 0.3, 0.15)
_WRITTEN = (" {word}", ' "{word}"')
"""Forms of a word in a question: after a space, or in quotation marks, with other tokens."""
_PIECE = re.compile(r" ?[A-Za-z]{3,}")
_TO_LETTERS = 6
"""One in this many drill items continues to the letters."""
_FORM = " Put one space between the letters."


class Spelling:
    """The family: see the module."""

    name = "spelling"
    num_levels = 4

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        """Return spelling task `seed` of a split; every other one is backwards."""
        key, rng = begin(self.name, split, seed, level, self.num_levels)
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
        """Return reward 1 for all letters in order with single spaces between them, else 0."""
        return strict(task.target, answer)

    def demonstrate(self, task: Task) -> tuple[str, str]:
        """Spell forwards in the thought, then answer as asked."""
        return spelled(task.metadata["text"]), task.target

    def lessons(self, pieces: Sequence[str]) -> list[Task]:
        """Return drill items for train pieces, a third of the other train words, and blends.

        One item in six continues to the letters; the others end at the shorter tokens, the hard
        part. One in four has a made-up word, which cannot be memorised: it teaches to read the
        letters themselves.
        """
        whole = frozenset(pieces)
        free = [p for p in pieces if _PIECE.fullmatch(p) and not words.is_held_out(p)]
        longer = [word for word in words.train_words() if f" {word}" not in whole][::3]
        rng = Random(f"{self.name}/blends")
        blends = [words.blend(rng) for _ in range((len(free) + len(longer)) // 3)]
        texts = enumerate((*free, *map(_written, longer), *map(_written, blends)))
        return [self._lesson(text, to_letters=number % _TO_LETTERS == 0) for number, text in texts]

    def _lesson(self, text: str, *, to_letters: bool) -> Task:
        word = text.strip(' "').lower()
        return Task(
            key=f"{self.name}/lesson/{text}",
            family=self.name,
            level=1,
            question=f"{text}:" if to_letters else f"{text} =",
            target=rewritten(word) + spelled(word) * to_letters,
            metadata={"cluster": word, "text": word},
        )


def rewritten(word: str) -> str:
    """Return the forms of a word that a model's vocabulary splits into shorter tokens.

    Example: rewritten("car") -> " _car CAR"
    """
    return f" _{word} {word.upper()}"


def spelled(word: str) -> str:
    """Return the letters, each after a space.

    Example: spelled("car") -> " c a r"
    """
    return "".join(f" {letter}" for letter in word)


def _written(word: str) -> str:
    """Return a word in a form that questions use.

    Example: _written("car") -> ' "Car"'
    """
    rng = Random(f"spelling/lesson/{word}")
    cased = rng.choices((word, word.capitalize(), word.upper()), (0.75, 0.18, 0.07))[0]
    return rng.choices(_WRITTEN, (0.6, 0.4))[0].format(word=cased)
