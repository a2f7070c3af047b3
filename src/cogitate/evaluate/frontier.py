"""The frontier: the difficulty at which accuracy falls below 50 %, and below 90 %.

Levels are asked in turn, from 1, until accuracy is near 0. So the measure grows with the model, and
saturates only at a family's hardest level.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from cogitate.errors import UsageError
from cogitate.evaluate.effort import Effort, effort
from cogitate.evaluate.intervals import Interval
from cogitate.evaluate.result import Record
from cogitate.evaluate.scoring import EvalSpec, score
from cogitate.protocols import Family, Sampler
from cogitate.tasks import num_levels, size
from cogitate.tokenizer import Tokenizer

HOPELESS = 0.02
"""Accuracy below which harder levels are skipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Frontier:
    """The frontier of a model on one family.

    Example: Frontier(family="countdown", levels={1: ..., 2: ..., 3: ...},
    num_questions={1: 100, 2: 100, 3: 100}, half=2.6, most=1.3, highest=7, effort=Effort(...))
    """

    family: str
    levels: Mapping[int, Interval]
    """Strict accuracy of each level that was asked."""
    num_questions: Mapping[int, int]
    """Questions of each level; an easy level may have fewer than requested."""
    half: float
    """Level at which accuracy falls below 50 %, interpolated linearly between levels, with
    accuracy 1 at level 0; the highest level asked if it never does."""
    most: float
    """The same for 90 %."""
    highest: int
    """The family's hardest level."""
    effort: Effort
    """Correlation of thinking with level."""

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
    """Ask the spec's questions level by level, skipping empty levels.

    Raises:
        UsageError: the family has no levels, or no questions.
    """
    highest = num_levels(family)
    if highest is None:
        raise UsageError(f"{family.name} has no levels, so it has no frontier")
    found: dict[int, Interval] = {}
    asked_by_level: dict[int, int] = {}
    records: list[Record] = []
    filled = [level for level in range(1, highest + 1) if size(family, spec.split, level) != 0]
    for level in filled or [1]:  # if all are empty, `score` raises for the first
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
    easier, before = 0, 1.0  # accuracy 1 at level 0
    for level in sorted(levels):
        here = levels[level].mean
        if here < share:
            return easier + (level - easier) * (before - share) / (before - here)
        easier, before = level, here
    return float(easier)
