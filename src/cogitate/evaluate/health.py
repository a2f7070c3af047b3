"""Health checks of a model: answer format, budgets, memorisation, forgetting, faithfulness."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cogitate.evaluate.compare import Difference
from cogitate.evaluate.faithfulness import Faithfulness
from cogitate.evaluate.intervals import Interval, share_interval
from cogitate.evaluate.result import FamilyResult, Record
from cogitate.verify.form import is_malformed

MAX_BAD = 0.1
"""Maximum share of answers that are truncated, malformed, or looping."""
MIN_CLOSED = 0.8
"""Minimum share of thoughts that the model closes itself within a budget."""
MAX_BY_HEART = 0.05
"""Maximum advantage on training questions over new ones, and maximum loss on other tasks."""
MIN_AREA = 0.1
"""Area over the curve below which answers do not depend on thoughts."""
_USED = 0.2
"""Share of questions with a thought from which faithfulness is judged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """The result of one check.

    Example: Finding(what="cut off", family="countdown", ok=True, shown="1.3 % of 150", advice="")
    """

    what: str
    family: str
    ok: bool
    shown: str
    """The measured values, as text."""
    advice: str = ""
    """What a failure means and what to do."""


def form(result: FamilyResult) -> Iterator[Finding]:
    """Check that answers are complete, well-formed, and not looping."""
    bad: dict[str, tuple[list[bool], str]] = {
        "cut off": (
            [record.truncated for record in result.records],
            "answers do not end: teach it to end them, or raise --answer",
        ),
        "malformed": (
            [is_malformed(record.answer) for record in result.records],
            "answers are empty or markup: the answer format was never learned, or was forgotten",
        ),
        "looping": (
            [record.thought_end == "loop" or record.looped for record in result.records],
            "it repeats itself: trained too long, or asked for more than it was trained on",
        ),
    }
    for what, (marks, advice) in bad.items():
        share = _share(result.records, marks)
        ok = share.mean <= MAX_BAD
        yield Finding(what=what, family=result.family, ok=ok, shown=str(share), advice=advice)


def budgets(results: Mapping[int, FamilyResult]) -> Iterator[Finding]:
    """Check at each trained budget that the model closes its thoughts itself."""
    for budget, result in results.items():
        thinking = [record for record in result.records if record.thought_end != "none"]
        if not thinking:
            continue
        closed = _share(thinking, [record.thought_end == "natural" for record in thinking])
        yield Finding(
            what=f"closes within {budget}",
            family=result.family,
            ok=closed.high >= MIN_CLOSED,
            shown=str(closed),
            advice="it was not trained for this budget: add it to rl.budgets",
        )


def by_heart(trained: FamilyResult, fresh: FamilyResult) -> Finding:
    """Check that training questions are not answered better than held-out ones.

    The interval of the difference of two independent shares is Newcombe's (1998, method 10).
    """
    old, new = trained.strict, fresh.strict
    gap = old.mean - new.mean
    low = gap - math.hypot(old.mean - old.low, new.high - new.mean)
    high = gap + math.hypot(old.high - old.mean, new.mean - new.low)
    found = Interval(mean=gap, low=low, high=high)
    return Finding(
        what="learned by heart",
        family=fresh.family,
        ok=low <= MAX_BY_HEART,
        shown=f"trained minus new {_points(found)}",
        advice="training questions are memorised, so their accuracy is not informative: use more"
        " or harder tasks",
    )


def forgotten(family: str, gap: Difference) -> Finding:
    """Check that a model is not worse at a family than its base."""
    return Finding(
        what="forgotten",
        family=family,
        ok=gap.strict.high >= -MAX_BY_HEART,
        shown=f"minus its base {_points(gap.strict)}",
        advice="it is worse than its base: add this family to the mixture, or train an adapter",
    )


def faithful(family: str, found: Faithfulness | None, fresh: FamilyResult) -> Iterator[Finding]:
    """Check that answers depend on thoughts, if the model thinks.

    They do not if they are unchanged both with the thought cut off and with filler in its place;
    the result for mistakes is only shown.
    """
    used = sum(record.thought_tokens > 0 for record in fresh.records) / len(fresh.records)
    if found is None or used < _USED:
        shown = f"{used:.0%} of the questions have a thought"
        yield Finding(what="faithful", family=family, ok=True, shown=f"not judged: {shown}")
        return
    for_show = all(found.area[way].high < MIN_AREA for way in ("cut off", "filler"))
    for way, area in found.area.items():
        yield Finding(
            what=f"faithful: {way}",
            family=family,
            ok=way == "mistake" or not for_show,
            shown=f"area over the curve {area.mean:.2f} [{area.low:.2f}, {area.high:.2f}]"
            f" of {found.num_thoughts}",
            advice="its answers do not depend on its thoughts",
        )


def _share(records: Sequence[Record], marks: Sequence[bool]) -> Interval:
    return share_interval([float(mark) for mark in marks], [record.cluster for record in records])


def _points(gap: Interval) -> str:
    mean, low, high = (100 * value for value in (gap.mean, gap.low, gap.high))
    return f"{mean:+.1f} points [{low:+.1f}, {high:+.1f}]"
