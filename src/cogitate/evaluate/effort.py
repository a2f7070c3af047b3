"""Whether thinking follows difficulty: its rank correlation with level, and with a base's errors.

Only levels that are mostly right say something: beyond them a long thought may be a lost one.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from cogitate.evaluate.intervals import Interval, rank_correlation
from cogitate.evaluate.result import Record

SOLVED = 0.5
"""Accuracy from which a level counts as mostly right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effort:
    """Thinking of one family over the levels that are mostly right.

    Example: Effort(tokens={1: 20.4, 2: 51.0, 3: 88.3}, correlation=Interval(mean=0.8, ...))
    """

    tokens: dict[int, float]
    """Thought tokens by level, in the mean."""
    correlation: Interval
    """Spearman's, of thought tokens with level over questions; 0 where there is one level."""


def effort(records: Sequence[Record]) -> Effort:
    """Return how thinking goes with the level over those records' questions."""
    levels: dict[int, list[Record]] = {}
    for record in records:
        levels.setdefault(record.level, []).append(record)
    solved = {level: levels[level] for level in sorted(levels) if _accuracy(levels[level]) > SOLVED}
    kept = [record for records in solved.values() for record in records]
    return Effort(
        tokens={level: _mean([r.thought_tokens for r in rs]) for level, rs in solved.items()},
        correlation=rank_correlation(
            [float(record.level) for record in kept],
            [float(record.thought_tokens) for record in kept],
            [record.cluster for record in kept],
        ),
    )


def effort_against(records: Sequence[Record], base: Sequence[Record]) -> Interval:
    """Return how thinking goes with the base's errors on the same questions, within levels."""
    theirs = {record.question: record for record in base if record.strict is not None}
    kept = [record for record in records if record.question in theirs]
    return rank_correlation(
        [float(record.thought_tokens) for record in kept],
        [1 - (theirs[record.question].strict or 0.0) for record in kept],
        [record.cluster for record in kept],
        strata=[record.level for record in kept],
    )


def _accuracy(records: Sequence[Record]) -> float:
    judged = [record.strict for record in records if record.strict is not None]
    return _mean(judged) if judged else 0.0


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
