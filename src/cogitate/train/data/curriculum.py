"""Adaptive difficulty: levels are drawn near the frontier of what the policy can do.

For each family and level the shares of correct rollouts of its latest groups are kept. A level is
drawn with weight p (1 - p), the variance of its reward, for its mean share p: a group has most
signal if correct and incorrect are equally likely. A level that was not tried is estimated as
slightly harder than the one below, so that it is tried once that one is mostly correct.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from cogitate.config import need
from cogitate.tasks import num_levels
from cogitate.train.data.mixture import Mixture

LEVELS = ("own", "uniform", "adaptive")
"""Values of `rl.levels`, beside numbers."""
FIRST_GUESS = 0.5
"""Estimated share of correct rollouts of the first level before it is tried."""
HARDER = 0.2
"""Estimated decrease of that share from one level to the next, before it is tried."""
MEMORY = 20
"""Number of latest groups kept for each level."""
FRONTIER, ENOUGH = 0.5, 5
"""A level is within reach with at least this share of correct rollouts in this many groups."""
_FLOOR = 0.01
"""Least weight of a level with any correct rollouts: mastered levels are still drawn."""


@dataclass(slots=True, kw_only=True)
class Curriculum:
    """The levels of a run's families with their shares of correct rollouts; in the checkpoint.

    Example: Curriculum(num_levels={"countdown": 7}).draw("countdown", seed=3) -> 1
    """

    num_levels: Mapping[str, int]
    """Number of levels of each family whose level can be chosen."""
    follows: bool = True
    """Whether levels adapt to the policy; else they are drawn uniformly."""
    only: tuple[int, ...] = ()
    """Levels to draw from, uniformly; empty draws from all."""
    shares: dict[str, dict[int, list[float]]] = field(
        default_factory=dict[str, dict[int, list[float]]]
    )
    """Shares of correct rollouts of the latest groups, by family and level."""

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
        """Record the share of correct rollouts of one group."""
        if family in self.num_levels:
            known = self.shares.setdefault(family, {}).setdefault(level, [])
            known.append(share)
            del known[:-MEMORY]

    def expected(self, family: str) -> list[float]:
        """Return the expected share at each level, from 1; the prior counts as one group."""
        known, expected = self.shares.get(family, {}), list[float]()
        for level in range(1, self.num_levels[family] + 1):
            guess = max(0.0, expected[-1] - HARDER) if expected else FIRST_GUESS
            expected.append(_mean([guess, *known.get(level, ())]))
        return expected

    def metrics(self) -> dict[str, float]:
        """Return the frontier of each family: the last of the consecutive levels within reach.

        Levels below the lowest of `only` count as within reach.
        """
        frontiers: dict[str, float] = {}
        for family, highest in self.num_levels.items():
            known = self.shares.get(family, {})
            level = min(min(self.only, default=1), highest) - 1
            while _within_reach(known.get(level + 1, [])):
                level += 1
            frontiers[f"frontier/{family}"] = float(level)
        return frontiers

    def to_json(self) -> dict[str, Any]:
        """Return what `restore` takes; what is observed later does not change it."""
        return {
            family: {str(level): list(shares) for level, shares in levels.items()}
            for family, levels in self.shares.items()
        }

    def restore(self, saved: Mapping[str, Mapping[str, list[float]]]) -> None:
        """Restore the state of a checkpoint."""
        self.shares = {
            family: {int(level): list(shares) for level, shares in levels.items()}
            for family, levels in saved.items()
        }


def levels_named(text: str) -> tuple[int, ...]:
    """Return the levels that `rl.levels` gives as numbers; none if it is a word.

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
    """Return the number of levels of each family whose level is not fixed and can be chosen."""
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
