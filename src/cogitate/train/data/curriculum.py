"""Difficulty that follows the learner: levels are drawn near the edge of what it can do.

For each family and level the shares of right rollouts of its latest groups are kept. A level is
drawn in proportion to p (1 - p) of its mean share p: a group of rollouts teaches most where right
and wrong are equally likely (the variance of its reward). A level never tried is reckoned a
little harder than the one below it, so that new ones are tried as soon as those go well.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from cogitate.config import need
from cogitate.tasks import num_levels
from cogitate.train.data.mixture import Mixture

LEVELS = ("own", "uniform", "adaptive")
"""What `rl.levels` may be, beside numbers."""
FIRST_GUESS = 0.5
"""Share of right rollouts that the first level is reckoned with before it is tried."""
HARDER = 0.2
"""How much lower a level is reckoned than the one below, before it is tried."""
MEMORY = 20
"""Groups of a level that are remembered."""
FRONTIER, ENOUGH = 0.5, 5
"""A level counts as within reach from that share of right rollouts in so many groups or more."""
_FLOOR = 0.01
"""Least weight of a level within reach: what was mastered is still asked now and then."""


@dataclass(slots=True, kw_only=True)
class Curriculum:
    """The levels of a run's families, and how well each goes; it is kept in the checkpoint.

    Example: Curriculum(num_levels={"countdown": 7}).draw("countdown", seed=3) -> 1
    """

    num_levels: Mapping[str, int]
    """Of each family whose difficulty can follow; the others are left alone."""
    follows: bool = True
    """Whether levels follow the learner; else all are drawn alike."""
    only: tuple[int, ...] = ()
    """Levels that are drawn alike, and no others; empty draws from all."""
    shares: dict[str, dict[int, list[float]]] = field(
        default_factory=dict[str, dict[int, list[float]]]
    )
    """Shares of right rollouts of the latest groups, by family and level."""

    def draw(self, family: str, seed: int) -> int | None:
        """Return the level of a family's next question; None for a family without levels."""
        if family not in self.num_levels:
            return None
        if self.only:
            return min(Random(f"level/{seed}").choice(self.only), self.num_levels[family])
        expected = self.expected(family)
        if not self.follows:
            return Random(f"level/{seed}").randint(1, len(expected))
        weights = [max(_FLOOR, p * (1 - p)) if p > 0 else 0.0 for p in expected]
        if not any(weights):
            return 1
        return Random(f"level/{seed}").choices(range(1, len(weights) + 1), weights)[0]

    def observe(self, family: str, level: int, share: float) -> None:
        """Take in the share of right rollouts of one group."""
        if family in self.num_levels:
            known = self.shares.setdefault(family, {}).setdefault(level, [])
            known.append(share)
            del known[:-MEMORY]

    def expected(self, family: str) -> list[float]:
        """Return the share expected at each level, from 1: a guess counts as one group."""
        known, expected = self.shares.get(family, {}), list[float]()
        for level in range(1, self.num_levels[family] + 1):
            guess = max(0.0, expected[-1] - HARDER) if expected else FIRST_GUESS
            expected.append(_mean([guess, *known.get(level, ())]))
        return expected

    def metrics(self) -> dict[str, float]:
        """Return the frontier of each family: levels that are mostly right, in a row.

        From 1, or from the lowest that is asked: those below count as mastered.
        """
        frontiers: dict[str, float] = {}
        for family in self.num_levels:
            known, level = self.shares.get(family, {}), min(self.only, default=1) - 1
            while _within_reach(known.get(level + 1, [])):
                level += 1
            frontiers[f"frontier/{family}"] = float(level)
        return frontiers

    def to_json(self) -> dict[str, Any]:
        """Return what `restore` takes."""
        return {
            family: {str(level): shares for level, shares in levels.items()}
            for family, levels in self.shares.items()
        }

    def restore(self, saved: Mapping[str, Mapping[str, list[float]]]) -> None:
        """Go back to what a checkpoint holds."""
        self.shares = {
            family: {int(level): list(shares) for level, shares in levels.items()}
            for family, levels in saved.items()
        }


def levels_named(text: str) -> tuple[int, ...]:
    """Return the levels that `rl.levels` names by number; none where it is a word.

    Example: levels_named("2,3,4") -> (2, 3, 4)

    Raises:
        UsageError: it is neither.
    """
    words = [word.strip() for word in text.split(",")]
    if all(word.isdecimal() and int(word) > 0 for word in words):
        return tuple(map(int, words))
    need("rl.levels", text, LEVELS)
    return ()


def levels(mixture: Mixture) -> dict[str, int]:
    """Return the number of levels of each family whose level is left open and can be chosen."""
    found = {
        source.family.name: num_levels(source.family)
        for source in mixture.sources
        if source.level is None
    }
    return {name: num for name, num in found.items() if num is not None}


def _within_reach(shares: list[float]) -> bool:
    return len(shares) >= ENOUGH and _mean(shares) >= FRONTIER


def _mean(shares: list[float]) -> float:
    return sum(shares) / len(shares)
