"""The split of an item, from a hash of its canonical content, never from a seed.

    "What is 3 + 4?" -> "what is 3 + 4?" -> 0.63 -> train

Seeds alone do not keep splits apart: two seeds may draw the same item.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256
from random import Random
from typing import TypeVar

from cogitate.errors import UsageError

SPLITS = ("train", "test", "ood")
ALL = "all"
"""In place of a split: train and test together, of a family with a finite number of questions."""
TEST_SHARE, OOD_SHARE = 0.2, 0.1
"""Shares of the items that unbounded families draw."""
_NEW_SHARE = 0.5
_TRIES = 400

Drawn = TypeVar("Drawn")


def parts_of(split: str) -> tuple[str, ...]:
    """Return the splits that a name stands for."""
    return ("train", "test") if split == ALL else (split,)


def begin(
    family: str, split: str, seed: int, level: int | None, highest: int
) -> tuple[str, Random]:
    """Return a task's key and its random generator.

    Raises:
        UsageError: there is no such split, or no such level.
    """
    need_split(family, split)
    need_level(family, level, highest)
    key = f"{family}/{split}/{seed}" + (f"/level{level}" if level else "")
    return key, Random(key)


def draw_within(
    split: str, draw: Callable[[], Drawn], content: Callable[[Drawn], str], what: str
) -> Drawn:
    """Return the first draw whose content belongs to the split; `what` names the items.

    Raises:
        UsageError: none was found, since the items are exhausted.
    """
    for _ in range(_TRIES):
        drawn = draw()
        if split_of(content(drawn)) == split:
            return drawn
    raise UsageError(f"there are no more {split} {what}; use a higher level")


def draw_phrasing(rng: Random, split: str, known: Sequence[str], new: Sequence[str]) -> str:
    """Return a phrasing of the train split; in the ood split half of them are new."""
    return rng.choice(new if split == "ood" and rng.random() < _NEW_SHARE else known)


def split_of(content: str) -> str:
    """Return the split of content, for a family with all three splits."""
    share = content_share(normalised(content))
    if share < TEST_SHARE:
        return "test"
    return "ood" if share < TEST_SHARE + OOD_SHARE else "train"


def content_share(content: str) -> float:
    """Hash text to a number in [0, 1), which decides the split."""
    return int.from_bytes(sha256(content.encode()).digest()[:8]) / 2**64


def normalised(question: str) -> str:
    """Return a question with case and white space normalised."""
    return " ".join(question.casefold().split())


def train_or_test(question: str, test_share: float = 0.2) -> str:
    """Return the split of a question, for a family without an ood split."""
    return "test" if content_share(normalised(question)) < test_share else "train"


def need_split(family: str, split: str, known: tuple[str, ...] = SPLITS) -> None:
    """Refuse a split that a family does not have.

    Raises:
        UsageError: `split` is not in `known`.
    """
    if split not in known:
        raise UsageError(f"{family} has no {split!r} split; it has {', '.join(known)}")


def need_level(family: str, level: int | None, highest: int) -> None:
    """Refuse a level that a family does not have; None is always valid.

    Raises:
        UsageError: `level` is not within 1 to `highest`.
    """
    if level is not None and not 1 <= level <= highest:
        raise UsageError(f"{family} has levels 1 to {highest}, not {level}")
