"""The frontier: the difficulty at which accuracy crosses one half, and nine tenths.

Levels are asked in turn, from 1, for as long as anything is still answered rightly, so that the
measure rises with the model: it saturates only where a family has no harder level.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from cogitate.errors import UsageError
from cogitate.evaluate.effort import Effort, effort
from cogitate.evaluate.intervals import Interval
from cogitate.evaluate.result import Record
from cogitate.evaluate.score import EvalSpec, score
from cogitate.protocols import Family, Sampler
from cogitate.tasks import num_levels, size
from cogitate.tokenizer import Tokenizer

HOPELESS = 0.02
"""Accuracy below which no harder level is asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frontier:
    """How far one family is within reach.

    Example: Frontier(family="countdown", levels={1: ..., 2: ..., 3: ...},
    num_questions={1: 100, 2: 100, 3: 100}, half=2.6, most=1.3, highest=7, effort=Effort(...))
    """

    family: str
    levels: Mapping[int, Interval]
    """Strict accuracy of each level that was asked."""
    num_questions: Mapping[int, int]
    """Of each level: an easy one may not have as many different ones as are wanted."""
    half: float
    """Level at which accuracy falls below 50 %, between two levels by a straight line, with
    a level 0 that nobody fails; the highest asked, where it never does."""
    most: float
    """The same for 90 %."""
    highest: int
    """The family's hardest level."""
    effort: Effort
    """How thinking goes with the level."""

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)


def find_frontier(
    sampler: Sampler,
    tokenizer: Tokenizer,
    family: Family,
    spec: EvalSpec,
    progress: Callable[[int, int], None] | None = None,
) -> Frontier:
    """Ask the spec's questions level by level, but for levels that have none.

    Raises:
        UsageError: the family has no levels, or no questions.
    """
    highest = num_levels(family)
    if highest is None:
        raise UsageError(f"{family.name} has no levels, and so no frontier")
    found: dict[int, Interval] = {}
    asked_by_level: dict[int, int] = {}
    records: list[Record] = []
    filled = [level for level in range(1, highest + 1) if size(family, spec.split, level) != 0]
    for level in filled or [1]:  # where all are empty, the first says so
        asked = replace(spec, levels=(level,))
        result = score(sampler, tokenizer, family, asked, progress)
        found[level], asked_by_level[level] = result.strict, result.num_questions
        records += result.records
        if found[level].mean < HOPELESS:
            break
    return Frontier(
        family=family.name,
        levels=found,
        num_questions=asked_by_level,
        half=crossing(found, 0.5),
        most=crossing(found, 0.9),
        highest=highest,
        effort=effort(records),
    )


def crossing(levels: Mapping[int, Interval], share: float) -> float:
    """Return the level at which accuracy first falls below a share.

    Example: accuracies 1.0, 0.8, 0.2 at levels 1, 2, 3 -> 2.5 for a half
    """
    easier, before = 0, 1.0  # a level 0 that nobody fails
    for level in sorted(levels):
        here = levels[level].mean
        if here < share:
            return easier + (level - easier) * (before - share) / (before - here)
        easier, before = level, here
    return float(easier)
