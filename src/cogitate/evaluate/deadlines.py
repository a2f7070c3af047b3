"""Accuracy at deadlines: the share of answers in time, and the excess of the others.

An answer is in time if it is complete and its rollout, or each of several turns, took no longer
than the deadline, from the moment when it could start to its last token. A deadline that the
sampler refuses counts as missed, with a wrong answer.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

from cogitate.budget import with_stated
from cogitate.evaluate.intervals import Interval, share_interval
from cogitate.evaluate.result import FamilyResult, summarise
from cogitate.evaluate.scoring import EvalSpec, score
from cogitate.protocols import Family, Sampler
from cogitate.tokenizer import Tokenizer
from cogitate.types import USUAL_ANSWER, Budget, Speed

TOO_LATE = "no whole answer in time"


class TimedSampler(Sampler, Protocol):
    """A sampler that can measure its speed."""

    def speed(self, answer: int) -> Speed:
        """Measure its speed for answers of a typical number of tokens."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """The deadlines to measure, and how the model was trained for them.

    Example: Deadlines(seconds=(0.5, 2.0), taught=(16, 64), answer=8)
    """

    seconds: tuple[float, ...]
    taught: tuple[int, ...] = ()
    """Thought budgets stated to the model in training."""
    answer: int = USUAL_ANSWER
    """Typical number of answer tokens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AtDeadline:
    """The result at one deadline.

    Example: AtDeadline(deadline_s=1.0, result=..., in_time=Interval(...), over_p50_s=0.0,
    over_p95_s=0.02)
    """

    deadline_s: float
    result: FamilyResult
    """Answers that are not in time count as wrong."""
    in_time: Interval
    """Share of answers in time."""
    over_p50_s: float
    """Seconds beyond the deadline, 0 if in time: the median over all rollouts."""
    over_p95_s: float
    """The same: the 95th percentile."""

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values, records included."""
        return asdict(self)


def at_deadlines(
    sampler: TimedSampler,
    tokenizer: Tokenizer,
    family: Family,
    spec: EvalSpec,
    deadlines: Deadlines,
    progress: Callable[[int, int], None] | None = None,
) -> list[AtDeadline]:
    """Ask the spec's questions at each deadline.

    The speed is measured again at each, so that the deadlines do not influence each other.
    """
    points: list[AtDeadline] = []
    for deadline_s in deadlines.seconds:
        bounded = replace(spec.budget, deadline_s=deadline_s)
        budget = with_stated(bounded, deadlines.taught, sampler.speed(deadlines.answer))
        points.append(at_deadline(sampler, tokenizer, family, spec, budget, progress))
    return points


def at_deadline(
    sampler: Sampler,
    tokenizer: Tokenizer,
    family: Family,
    spec: EvalSpec,
    budget: Budget,
    progress: Callable[[int, int], None] | None = None,
) -> AtDeadline:
    """Ask the spec's questions under another budget, which must have a deadline."""
    deadline_s = budget.deadline_s
    assert deadline_s is not None
    asked = replace(spec, budget=budget)
    records = score(sampler, tokenizer, family, asked, progress).records
    over = sorted(max(0.0, record.longest_s - deadline_s) for record in records)
    kept = [not record.truncated and record.longest_s <= deadline_s for record in records]
    judged = [
        record if in_time else replace(record, strict=0.0, lenient=0.0, why=TOO_LATE)
        for record, in_time in zip(records, kept, strict=True)
    ]
    return AtDeadline(
        deadline_s=deadline_s,
        result=summarise(family.name, spec.split, judged),
        in_time=share_interval(list(map(float, kept)), [r.cluster for r in records]),
        over_p50_s=_quantile(over, 0.5),
        over_p95_s=_quantile(over, 0.95),
    )


def _quantile(ordered: Sequence[float], share: float) -> float:
    return ordered[round(share * (len(ordered) - 1))]
