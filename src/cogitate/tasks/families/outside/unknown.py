"""Outside: what is no question of mini's families, and the sentence that mini answers.

    Who painted the Mona Lisa? -> "I only know countdown, arithmetic and calendar questions."

Half are lines of shipped/outside, with words and numbers filled in, in small letters or without a
mark at the end now and then; the others are questions of other families in their many wordings.
Test has lines, words and wordings of its own.
"""

from functools import cache
from pathlib import Path
from random import Random
from typing import Literal

from cogitate.protocols import Family
from cogitate.tasks.families.letter_counting import LetterCounting
from cogitate.tasks.families.logic import Logic
from cogitate.tasks.families.schedule import Schedule
from cogitate.tasks.families.shortest_path import ShortestPath
from cogitate.tasks.families.sorting import Sorting
from cogitate.tasks.families.spelling import Spelling
from cogitate.tasks.families.word_problems.family import WordProblems
from cogitate.tasks.families.wordings import Worded
from cogitate.tasks.families.words import test_words, train_words
from cogitate.tasks.splits import begin, need_split
from cogitate.types import Task, Verdict
from cogitate.verify.strict import strict

ANSWER = "I only know countdown, arithmetic and calendar questions."
SPLITS = ("train", "test")
_LINES = Path(__file__).resolve().parents[3] / "shipped" / "outside"
_OTHERS = (LetterCounting, Logic, Schedule, ShortestPath, Sorting, Spelling, WordProblems)
_LINES_SHARE = 0.5
_CARELESS_SHARE = 0.3
"""Of the lines: small letters, or no mark at the end."""
_NUM_WORDS = 2_000
"""Most frequent words of a split that are filled in."""
_SEEDS = 10**6
"""Questions of another family that are drawn from."""


class Outside:
    """The family: see the module."""

    name = "outside"
    without_thoughts: Literal[True] = True

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        """Return question `seed` of train or test."""
        need_split(self.name, split, SPLITS)
        key, rng = begin(self.name, split, seed, level, 1)
        draw = _line if rng.random() < _LINES_SHARE else _other
        question, cluster = draw(split, rng)
        return Task(
            key=key,
            family=self.name,
            level=1,
            question=question,
            target=ANSWER,
            metadata={"cluster": cluster},
        )

    def verify(self, task: Task, answer: str) -> Verdict:
        """Compare with the one sentence."""
        return strict(task.target, answer)

    def demonstrate(self, task: Task) -> tuple[str, str]:
        """Return the sentence alone, without a thought."""
        return "", task.target


def _line(split: str, rng: Random) -> tuple[str, str]:
    """Return a line with words and numbers filled in, and as it stands."""
    text = line = rng.choice(_lines(split))
    while "{word}" in text:
        text = text.replace("{word}", rng.choice(_words(split)), 1)
    while "{number}" in text:
        text = text.replace("{number}", str(rng.randrange(2, 10 ** rng.randint(1, 3))), 1)
    if rng.random() < _CARELESS_SHARE:
        text = text.lower() if rng.random() < 0.5 else text.rstrip("?.!")
    return text or "?", line


def _other(split: str, rng: Random) -> tuple[str, str]:
    """Return a question of another family in one of its wordings, and its cluster."""
    family = rng.choice(_families(split))
    task = family.generate(split, rng.randrange(_SEEDS))
    return task.question, str(task.metadata["cluster"])


@cache
def _families(split: str) -> tuple[Family, ...]:
    words = "seen" if split == "train" else "unseen"
    return tuple(Worded(make(), words) for make in _OTHERS)


@cache
def _lines(split: str) -> tuple[str, ...]:
    return tuple((_LINES / f"{split}.txt").read_text("utf-8").splitlines())


@cache
def _words(split: str) -> tuple[str, ...]:
    return (train_words() if split == "train" else test_words())[:_NUM_WORDS]
