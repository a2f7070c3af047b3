"""Slips in worked solutions with their correction, so that a model learns to correct itself."""

import re
from random import Random

_RESULT = re.compile(r"(?<==)( ?)(\d+)")
"""A whole number directly after an equals sign."""


def with_slips(rng: Random, thought: str, share: float) -> str:
    """Return a thought in which each result is first written wrongly, with probability `share`.

    Example: with_slips(rng, " 8+6=14 4 c1", 1.0) -> " 8+6=13 no 14 4 c1"
    """

    def slip(found: re.Match[str]) -> str:
        space, correct = found.groups()
        if rng.random() >= share:
            return found.group()
        return f"{space}{_near(rng, int(correct))} no {correct}"

    return _RESULT.sub(slip, thought)


def _near(rng: Random, number: int) -> int:
    """Return a wrong number, off by 1 or by 10."""
    return rng.choice([other for other in (number - 10, number - 1, number + 1, number + 10)
                       if other >= 0])  # fmt: skip
