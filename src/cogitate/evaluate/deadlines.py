"""Accuracy at deadlines: how many answers came in time, and how far the others went over.

An answer is in time where it is whole, and the rollout took no longer than its deadline, from when
it could start to its last token; a deadline that the sampler refuses is one that was missed, with
an answer that is wrong.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Protocol

from cogitate.budget import with_stated
from cogitate.evaluate.intervals import Interval, share_interval
from cogitate.evaluate.result import FamilyResult, summarise
from cogitate.evaluate.score import EvalSpec, score
from cogitate.protocols import Family, Sampler
from cogitate.tokenizer import Tokenizer
from cogitate.types import USUAL_ANSWER, Budget, Speed

TOO_LATE = "no whole answer in time"


class TimedSampler(Sampler, Protocol):
    """A sampler that knows how fast it is."""

    def speed(self, answer: int) -> Speed:
        """Measure its speed, where answers are usually so many tokens."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """The deadlines to measure at, and what the model knows of them.

    Example: Deadlines(seconds=(0.5, 2.0), taught=(16, 64), answer=8)
    """

    seconds: tuple[float, ...]
    taught: tuple[int, ...] = ()
    """Thought budgets that the model was told in training."""
    answer: int = USUAL_ANSWER
    """Tokens that an answer usually has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AtDeadline:
    """One deadline of the table.

    Example: AtDeadline(deadline_s=1.0, result=..., in_time=Interval(...), over_p50_s=0.0,
    over_p95_s=0.02)
    """

    deadline_s: float
    result: FamilyResult
    """Its accuracy is that of the answers in time; the others count as wrong."""
    in_time: Interval
    over_p50_s: float
    """Seconds beyond the deadline, of all rollouts: the median."""
    over_p95_s: float
    """The 95th percentile."""

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

    The speed is measured anew at each: what the sampler has learned at another would change what
    it promises.
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
    """Ask the spec's questions under a budget, which has a deadline, in place of its own."""
    deadline_s = budget.deadline_s
    assert deadline_s is not None
    asked = replace(spec, budget=budget)
    records = score(sampler, tokenizer, family, asked, progress).records
    over = sorted(max(0.0, record.seconds - deadline_s) for record in records)
    kept = [not record.truncated and record.seconds <= deadline_s for record in records]
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
