"""Accuracy against thinking budget.

The same questions are asked at every budget, so that all comparisons along the curve are paired.
The three summary figures are those of s1 (arXiv 2501.19393, section 3.2): Control, the share of
rollouts whose thought stays within the budget; Scaling, the mean slope over all pairs of budgets;
Performance, the highest accuracy.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from typing import Any

from cogitate.evaluate.intervals import Interval, mean_interval, share_interval
from cogitate.evaluate.result import FamilyResult, Record, judged
from cogitate.evaluate.scoring import EvalSpec, score
from cogitate.protocols import Family, Sampler
from cogitate.tokenizer import Tokenizer
from cogitate.types import ThoughtEnd

AUTO_STEPS = 8
"""Number of budgets of "auto", each twice the one before, up to the largest."""
VOTE_TEMPERATURE = 1.0
"""Sampling temperature of a vote if the spec is greedy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One budget of the curve.

    Example: Point(budget=64, result=..., within=Interval(...), by_itself=Interval(...))
    """

    budget: int
    """Maximum number of thought tokens."""
    result: FamilyResult
    within: Interval
    """Share of answers whose thought, or that of each turn, stays within the budget."""
    by_itself: Interval
    """Share of thoughts that the model closes itself; 1 at budget 0."""
    voted: FamilyResult | None = None
    """The vote of several rollouts that share the budget, if requested."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """The points of one family, by budget, and the three figures."""

    family: str
    points: Sequence[Point]
    control: Interval
    scaling: Interval
    """Accuracy gained per 100 tokens of budget, as a mean over all pairs of budgets."""
    performance: Interval

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values, records included."""
        return asdict(self)


def trace(
    sampler: Sampler,
    tokenizer: Tokenizer,
    family: Family,
    spec: EvalSpec,
    budgets: Sequence[int],
    progress: Callable[[int, int], None] | None = None,
) -> Curve:
    """Ask the questions of a spec at each thought budget and return the curve.

    With several `samples` in the spec each point also has a vote: that many rollouts at
    `VOTE_TEMPERATURE`, which share the point's budget (maj@k at equal tokens).
    `progress` is called with (questions done, questions in total).
    """
    settings = [(budget, 1) for budget in sorted(set(budgets))]
    if spec.samples > 1:
        settings += [(budget, spec.samples) for budget, _ in settings if budget >= spec.samples]
    results: dict[tuple[int, int], FamilyResult] = {}
    for place, (budget, samples) in enumerate(settings):

        def report(done: int, total: int, place: int = place) -> None:
            if progress is not None:
                progress(place * total + done, len(settings) * total)

        asked = _asked(spec, budget, samples)
        results[budget, samples] = score(sampler, tokenizer, family, asked, report)
    points = [
        _point(budget, results[budget, 1], results.get((budget, spec.samples)))
        for budget in sorted(set(budgets))
    ]
    return curve(family.name, points)


def _asked(spec: EvalSpec, budget: int, samples: int) -> EvalSpec:
    think = replace(spec.budget, think=budget // samples)
    temperature = spec.temperature if samples == 1 else spec.temperature or VOTE_TEMPERATURE
    return replace(spec, budget=think, samples=samples, temperature=temperature)


def curve(family: str, points: Sequence[Point]) -> Curve:
    """Return the curve of a family's points, with its summary figures."""
    kept = [(point, record) for point in points for record in point.result.records]
    return Curve(
        family=family,
        points=tuple(points),
        control=_share([record for _, record in kept], [_within(r, p.budget) for p, r in kept]),
        scaling=_scaling(points),
        performance=max((point.result.strict for point in points), key=lambda share: share.mean),
    )


def auto_budgets(largest: int) -> list[int]:
    """Return 0 and doubling budgets up to the largest.

    Example: auto_budgets(128) -> [0, 1, 2, 4, 8, 16, 32, 64, 128]
    """
    steps = [largest >> shift for shift in range(AUTO_STEPS)]
    return sorted({0, *(budget for budget in steps if budget)})


def _point(budget: int, result: FamilyResult, voted: FamilyResult | None) -> Point:
    records = result.records
    return Point(
        budget=budget,
        result=result,
        within=_share(records, [_within(record, budget) for record in records]),
        by_itself=_share(
            records, [budget == 0 or r.thought_end == ThoughtEnd.NATURAL for r in records]
        ),
        voted=None if voted is result else voted,
    )


def _within(record: Record, budget: int) -> bool:
    return record.longest_thought <= budget


def _share(records: Sequence[Record], outcomes: Sequence[bool]) -> Interval:
    return share_interval([float(o) for o in outcomes], [record.cluster for record in records])


def _scaling(points: Sequence[Point]) -> Interval:
    """Return the mean slope over all pairs of budgets, per 100 tokens.

    It is linear in the accuracies, so each question has its own slope, and the interval is that of
    their mean, within what slopes can be.
    """
    pairs = list(combinations(range(len(points)), 2))
    if not pairs:
        return Interval(mean=0.0, low=0.0, high=0.0)
    answers = [judged(point.result.records) for point in points]
    shared = [task for task in answers[0] if all(task in a for a in answers)]
    gaps = {(a, b): points[b].budget - points[a].budget for a, b in pairs}
    slopes: list[float] = []
    for task in shared:
        strict = [answer[task].strict or 0.0 for answer in answers]
        rises = [100 * (strict[b] - strict[a]) / gap for (a, b), gap in gaps.items()]
        slopes.append(sum(rises) / len(rises))
    found = mean_interval(slopes, [answers[0][task].cluster for task in shared])
    steepest = sum(100 / gap for gap in gaps.values()) / len(gaps)
    return replace(found, low=max(-steepest, found.low), high=min(steepest, found.high))
