"""Pooled results of several families, and paired differences of two models."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from cogitate.errors import UsageError
from cogitate.evaluate.effort import effort_against
from cogitate.evaluate.intervals import Interval, difference_interval
from cogitate.evaluate.result import FamilyResult, Record, judged, pass_at, summarise


def pooled(results: Sequence[FamilyResult]) -> FamilyResult:
    """Summarise several families as one; each keeps its clusters."""
    records = [
        dataclasses.replace(record, cluster=f"{result.family}/{record.cluster}")
        for result in results
        for record in result.records
    ]
    return summarise("all families", results[0].split, records)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One model minus another on the same questions; accuracies are paired differences."""

    num_questions: int
    strict: Interval
    lenient: Interval
    pass_at: dict[int, Interval]
    """k -> difference in pass@k, if both have several samples."""
    effort: Interval
    """Rank correlation of the model's thinking with the other's errors, within levels."""


def difference(result: FamilyResult, base: FamilyResult) -> Difference:
    """Return `result` minus `base`, paired by what identifies a task, with clustered intervals.

    Raises:
        UsageError: no question has a verdict in both.
    """
    theirs = judged(base.records) if base.split == result.split else {}
    pairs = [
        (ours, theirs[task]) for task, ours in judged(result.records).items() if task in theirs
    ]
    if not pairs:
        raise UsageError(f"{result.family}: the two evaluations have no question in common")
    clusters = [ours.cluster for ours, _ in pairs]
    return Difference(
        num_questions=len(pairs),
        strict=difference_interval(
            [(ours.strict or 0.0) - (other.strict or 0.0) for ours, other in pairs], clusters
        ),
        lenient=difference_interval(
            [ours.lenient - other.lenient for ours, other in pairs], clusters
        ),
        pass_at={
            k: difference_interval([_pass(k, a) - _pass(k, b) for a, b in pairs], clusters)
            for k in sorted({*result.pass_at} & {*base.pass_at})
        },
        effort=effort_against([ours for ours, _ in pairs], [other for _, other in pairs]),
    )


def _pass(k: int, record: Record) -> float:
    return pass_at(k, record.samples, record.right or 0)
