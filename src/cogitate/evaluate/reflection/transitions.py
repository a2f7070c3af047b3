"""How answers change along thoughts: a description, without a cause."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from cogitate.evaluate.intervals import Interval, difference_interval, share_interval
from cogitate.evaluate.reflection.thoughts import Thought


@dataclass(frozen=True, slots=True, kw_only=True)
class Transitions:
    """How answers change from one place of a thought to the next.

    Example: Transitions(num=340, before=Interval(mean=0.39, ...), tokens=24.1, ...)
    """

    num: int
    """Pairs of such places."""
    before: Interval
    """Accuracy at the first of a pair."""
    after: Interval
    """Accuracy at the second."""
    corrected: Interval | None
    """Share of the wrong answers that become right; None if none is wrong."""
    spoilt: Interval | None
    """Share of the right answers that become wrong; None if none is right."""
    net: Interval
    """Accuracy at the second minus accuracy at the first."""
    tokens: float
    """Mean thought tokens between the two."""


def transitions(answered: Sequence[tuple[Thought, Sequence[float]]]) -> Transitions | None:
    """Return how answers change along some thoughts; None without any.

    Args:
        answered: each thought, and 1 for each of its places with a correct answer, else 0.
    """
    rows = [
        (before, after, thought.cluster)
        for thought, right in answered
        for before, after in pairwise(right)
    ]
    if not rows:
        return None
    tokens = [last - first for thought, _ in answered for first, last in pairwise(thought.places)]
    clusters = [cluster for *_, cluster in rows]
    return Transitions(
        num=len(rows),
        before=share_interval([before for before, *_ in rows], clusters),
        after=share_interval([after for _, after, _ in rows], clusters),
        corrected=_share([(after, cluster) for before, after, cluster in rows if not before]),
        spoilt=_share([(1 - after, cluster) for before, after, cluster in rows if before]),
        net=difference_interval([after - before for before, after, _ in rows], clusters),
        tokens=sum(tokens) / len(tokens),
    )


def _share(outcomes: Sequence[tuple[float, str]]) -> Interval | None:
    """Return the share of outcomes, each with its cluster; None without any."""
    if not outcomes:
        return None
    return share_interval([one for one, _ in outcomes], [cluster for _, cluster in outcomes])
