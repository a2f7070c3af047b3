"""Effort: the rank correlation of thinking with level, and with a base model's errors.

Only levels with accuracy above one half count: beyond them a long thought may be a failed one.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cogitate.evaluate.intervals import Interval, rank_correlation
from cogitate.evaluate.result import Record

SOLVED = 0.5
"""Accuracy above which a level counts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """Thinking on one family, over the levels with accuracy above `SOLVED`.

    Example: Effort(tokens={1: 20.4, 2: 51.0, 3: 88.3}, correlation=Interval(mean=0.8, ...))
    """

    tokens: dict[int, float]
    """Level -> mean number of thought tokens."""
    correlation: Interval
    """Spearman's, of thought tokens with level over questions; 0 if there is one level."""


def effort(records: Sequence[Record]) -> Effort:
    """Return the correlation of thought tokens with level."""
    levels: dict[int, list[Record]] = {}
    for record in records:
        levels.setdefault(record.level, []).append(record)
    solved = {level: levels[level] for level in sorted(levels) if _accuracy(levels[level]) > SOLVED}
    kept = [record for records in solved.values() for record in records]
    return Effort(
        tokens={level: _mean([r.mean_thought for r in rs]) for level, rs in solved.items()},
        correlation=rank_correlation(
            [float(record.level) for record in kept],
            [record.mean_thought for record in kept],
            [record.cluster for record in kept],
        ),
    )


def effort_against(records: Sequence[Record], base: Sequence[Record]) -> Interval:
    """Return the correlation of thought tokens with the base's errors, within levels.

    Args:
        records: of the model.
        base: the base's records of the same questions, in the same order.
    """
    return rank_correlation(
        [record.mean_thought for record in records],
        [1 - (other.strict or 0.0) for other in base],
        [record.cluster for record in records],
        strata=[record.level for record in records],
    )


def _accuracy(records: Sequence[Record]) -> float:
    judged = [record.strict for record in records if record.strict is not None]
    return _mean(judged) if judged else 0.0


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
