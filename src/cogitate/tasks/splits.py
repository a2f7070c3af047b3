"""Which split an item belongs to: a hash of its canonical content says so, never a seed.

    "What is 3 + 4?" -> "what is 3 + 4?" -> 0.63 -> train

Seeds alone do not keep splits apart: two seeds may draw the same item.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256
from random import Random
from typing import TypeVar

from cogitate.errors import UsageError

SPLITS = ("train", "test", "ood")
TEST_SHARE, OOD_SHARE = 0.2, 0.1
"""Of the items that families without an end draw, ood being what is drawn for it."""
_NEW_SHARE = 0.5
_TRIES = 400

Drawn = TypeVar("Drawn")


def begin(
    family: str, split: str, seed: int, level: int | None, highest: int
) -> tuple[str, Random]:
    """Return a task's key and the random numbers that belong to it.

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
    """Return the first draw whose content belongs to the split; `what` names them all.

    Raises:
        UsageError: none was found: they are exhausted.
    """
    for _ in range(_TRIES):
        drawn = draw()
        if split_of(content(drawn)) == split:
            return drawn
    raise UsageError(f"there are no more {split} {what}; use a higher level")


def draw_phrasing(rng: Random, split: str, known: Sequence[str], new: Sequence[str]) -> str:
    """Return a phrasing that training has as well; in the ood split every other one is new."""
    return rng.choice(new if split == "ood" and rng.random() < _NEW_SHARE else known)


def split_of(content: str) -> str:
    """Return the split that content belongs to, of a family with all three."""
    share = content_share(normalised(content))
    if share < TEST_SHARE:
        return "test"
    return "ood" if share < TEST_SHARE + OOD_SHARE else "train"


def content_share(content: str) -> float:
    """Map text to a fixed number in [0, 1): what decides the split of whatever it names."""
    return int.from_bytes(sha256(content.encode()).digest()[:8]) / 2**64


def normalised(question: str) -> str:
    """Return what makes two questions one: case and white space do not count."""
    return " ".join(question.casefold().split())


def train_or_test(question: str, test_share: float = 0.2) -> str:
    """Return the split of a question of a family without an ood split."""
    return "test" if content_share(normalised(question)) < test_share else "train"


def need_split(family: str, split: str, known: tuple[str, ...] = SPLITS) -> None:
    """Refuse a split that a family does not have.

    Raises:
        UsageError: `split` is not in `known`.
    """
    if split not in known:
        raise UsageError(f"{family} has no {split!r} split; it has {', '.join(known)}")


def need_level(family: str, level: int | None, highest: int) -> None:
    """Refuse a level that a family does not have; None is always there.

    Raises:
        UsageError: `level` is not within 1 to `highest`.
    """
    if level is not None and not 1 <= level <= highest:
        raise UsageError(f"{family} has levels 1 to {highest}, not {level}")
