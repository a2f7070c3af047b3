"""Which split an item belongs to: a hash of its canonical content says so, never a seed.

    "What is 3 + 4?" -> "what is 3 + 4?" -> 0.63 -> train

Seeds alone do not keep splits apart: two seeds may draw the same item.
"""

from hashlib import sha256

from cogitate.errors import UsageError

SPLITS = ("train", "test", "ood")


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
