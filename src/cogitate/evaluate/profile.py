"""Profiles of models, and the quirks by which they differ.

A profile has a number for each family, level and measure: accuracy, thought tokens, confidence
minus accuracy, seconds; and for each family with several levels effort, the rank correlation of
thought tokens with level. Two models always differ somewhere, and so do two runs of one recipe with
different seeds. A *quirk* is therefore named only where the means over seeds differ by more than
seeds do: by Welch's t test over runs, whose variances are never taken for less than that of the
questions, and at a false-discovery rate of 5 % over all numbers (Benjamini and Hochberg 1995).
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import combinations
from typing import Any

from cogitate.errors import UsageError
from cogitate.evaluate.compare import difference
from cogitate.evaluate.effort import effort
from cogitate.evaluate.intervals import Interval, mean_interval, share_interval, two_sided
from cogitate.evaluate.result import FamilyResult, Record, judged, summarise
from cogitate.evaluate.saved import Measured
from cogitate.verify.strict import canonical

DISCOVERY_RATE = 0.05
"""Expected share of the named quirks that are none."""
_NORMAL = 1.959964
"""The normal distribution's two-sided quantile at 95 %."""
UNITS = {
    "accuracy": (100, 1, " %"),
    "overconfidence": (100, 1, " %"),
    "thought tokens": (1, 1, ""),
    "seconds": (1, 1, ""),
    "effort": (1, 2, ""),
}
"""How a measure is shown: by what it is multiplied, its decimals and its unit."""
ALL = -1
"""Stands for all levels together."""
MIN_QUESTIONS = 10
"""Least questions of a level that is looked at by itself."""


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Place:
    """What a number of a profile is about.

    Example: Place(family="countdown", level=2, measure="accuracy"); level -1 is all levels
    """

    family: str
    level: int
    measure: str

    def __str__(self) -> str:
        """Return it as words: "countdown, level 2: accuracy"."""
        level = "" if self.level == ALL else f", level {self.level}"
        return f"{self.family}{level}: {self.measure}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    """A number of one run's profile.

    Example: Number(interval=Interval(mean=0.9, low=0.8, high=0.95), error=0.03)
    """

    interval: Interval
    error: float
    """Standard error, from the questions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirk:
    """A difference of two models that is larger than that of seeds.

    Example: Quirk(place=Place(...), ours="a", other="b", difference=0.2, p=0.001, threshold=0.01)
    """

    place: Place
    ours: str
    other: str
    difference: float
    """Mean over the runs of `ours` minus that of `other`."""
    p: float
    threshold: float
    """The p-value up to which quirks are named."""

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON values."""
        return asdict(self)


Profile = Mapping[Place, Number]


def on_common_questions(runs: Sequence[Measured]) -> list[Measured]:
    """Return the runs with the questions that all of them were asked, and could be judged on.

    Raises:
        UsageError: a family has none.
    """
    found: list[dict[str, FamilyResult]] = [{} for _ in runs]
    for family in runs[0].families:
        each = [judged(run.families[family].records) for run in runs]
        common = set(each[0]).intersection(*each[1:])
        if not common:
            raise UsageError(f"{family}: the evaluations have no question in common")
        for own, records in zip(found, each, strict=True):
            kept = [record for key, record in records.items() if key in common]
            own[family] = summarise(family, runs[0].families[family].split, kept)
    return [replace(run, families=own) for run, own in zip(runs, found, strict=True)]


def profile(measured: Measured) -> Profile:
    """Return the profile of one run."""
    found: dict[Place, Number] = {}
    for family, result in measured.families.items():
        levels = _levels(result)
        for level, records in levels.items():
            for measure, number in _numbers(records).items():
                found[Place(family=family, level=level, measure=measure)] = number
        solved = effort(levels[ALL])
        if len(solved.tokens) > 1:
            number = Number(interval=solved.correlation, error=_error(solved.correlation))
            found[Place(family=family, level=ALL, measure="effort")] = number
    return found


def interval_text(measure: str, mean: float, low: float, high: float) -> str:
    """Return a number of a measure with its interval: "81.2 % [75.0, 86.2]"."""
    factor, decimals, unit = UNITS[measure]
    value, *ends = (f"{factor * number:.{decimals}f}" for number in (mean, low, high))
    return f"{value}{unit} [{', '.join(ends)}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """The accuracy of one model minus that of another, paired by question.

    Example: Gap(family="countdown", level=2, ours="b", other="a", accuracy=Interval(...))
    """

    family: str
    level: int
    ours: str
    other: str
    accuracy: Interval


def gaps(runs: Mapping[str, Measured]) -> list[Gap]:
    """Return the paired differences of each two of some runs, by family and level.

    Args:
        runs: by the names of their models; on the same questions.
    """
    return [
        Gap(
            family=family, level=level, ours=ours, other=other,
            accuracy=difference(
                summarise(family, result.split, mine),
                summarise(family, result.split, _levels(runs[other].families[family])[level]),
            ).strict,
        )
        for other, ours in combinations(runs, 2)
        for family, result in runs[ours].families.items()
        for level, mine in _levels(result).items()
    ]  # fmt: skip


def quirks(groups: Mapping[str, Sequence[Profile]]) -> list[Quirk]:
    """Return the quirks of models, the surest first.

    Args:
        groups: for each model the profiles of its runs, which differ in their seeds.

    Raises:
        UsageError: no two models have two runs each, so that seeds cannot be told from models.
    """
    names = [name for name, runs in groups.items() if len(runs) > 1]
    if len(names) < 2:
        raise UsageError(
            "quirks need two or more runs of each of two models, with different seeds: name them"
            " as a=RUN,RUN b=RUN,RUN"
        )
    tested = [
        (place, ours, other, *_welch(place, groups[ours], groups[other]))
        for i, ours in enumerate(names)
        for other in names[i + 1 :]
        for place in sorted(_common(groups[ours], groups[other]))
    ]
    threshold = _threshold([p for *_, p in tested])
    found = [
        Quirk(place=place, ours=ours, other=other, difference=gap, p=p, threshold=threshold)
        for place, ours, other, gap, p in tested
        if p <= threshold
    ]
    return sorted(found, key=lambda quirk: quirk.p)


def _common(ours: Sequence[Profile], other: Sequence[Profile]) -> set[Place]:
    """Return the places that all runs have. Seconds are left out: they are the machine's too."""
    places = set(ours[0]).intersection(*ours[1:], *other)
    return {place for place in places if place.measure != "seconds"}


def _welch(place: Place, ours: Sequence[Profile], other: Sequence[Profile]) -> tuple[float, float]:
    """Return the difference of means over runs, and its two-sided p-value."""
    parts = [_moments([run[place] for run in runs]) for runs in (ours, other)]
    (mean_a, share_a, df_a), (mean_b, share_b, df_b) = parts
    total = share_a + share_b
    if total == 0:
        return mean_a - mean_b, 1.0 if mean_a == mean_b else 0.0
    degrees = total**2 / (share_a**2 / df_a + share_b**2 / df_b)
    return mean_a - mean_b, two_sided((mean_a - mean_b) / math.sqrt(total), int(degrees))


def _moments(numbers: Sequence[Number]) -> tuple[float, float, int]:
    """Return the mean over runs, the variance of that mean, and its degrees of freedom."""
    values = [number.interval.mean for number in numbers]
    num, mean = len(values), math.fsum(values) / len(values)
    between = math.fsum((value - mean) ** 2 for value in values) / (num - 1)
    least = math.fsum(number.error**2 for number in numbers) / num
    return mean, max(between, least) / num, num - 1


def _threshold(values: Sequence[float]) -> float:
    """Return the largest p-value that may be named at `DISCOVERY_RATE`; 0 if there is none."""
    found = 0.0
    for rank, p in enumerate(sorted(values), 1):
        if p <= DISCOVERY_RATE * rank / len(values):
            found = p
    return found


def _levels(result: FamilyResult) -> dict[int, list[Record]]:
    """Return judged records by level, and of all levels together."""
    judged = [record for record in result.records if record.strict is not None]
    levels: dict[int, list[Record]] = {}
    for record in judged:
        levels.setdefault(record.level, []).append(record)
    several = {level: own for level, own in levels.items() if len(own) >= MIN_QUESTIONS}
    return {ALL: judged, **several} if len(levels) > 1 else {ALL: judged}


def _numbers(records: Sequence[Record]) -> dict[str, Number]:
    """Return the numbers of some records."""
    clusters = [record.cluster for record in records]
    right = [record.strict or 0.0 for record in records]
    values = {
        "thought tokens": [record.mean_thought for record in records],
        "seconds": [record.seconds for record in records],
    }
    sure = [own for own in map(confidence, records) if own is not None]
    if len(sure) == len(records):
        values["overconfidence"] = [own - one for own, one in zip(sure, right, strict=True)]
    smoothed, share = (sum(right) + 1) / (len(right) + 2), share_interval(right, clusters)
    least = math.sqrt(smoothed * (1 - smoothed) / len(right))
    found = {"accuracy": Number(interval=share, error=max(least, _error(share)))}
    for name, each in values.items():
        if len(set(clusters)) > 1:
            interval = mean_interval(each, clusters)
            found[name] = Number(interval=interval, error=_error(interval))
    return found


def confidence(record: Record) -> float | None:
    """Return how sure a model is of its answer to a question; None if that is unknown.

    With several samples it is the share that gave the most common answer (arXiv 2203.11171), with
    one the answer's probability after the thought (arXiv 2207.05221). Minus the accuracy it is a
    model's overconfidence, 0 if it is calibrated.
    """
    if record.samples == 1:
        return record.probability
    if len(record.answers) != record.samples:  # an older file kept one of them
        return None
    answers = [canonical(answer) for answer in record.answers]
    return max(map(answers.count, answers)) / len(answers)


def _error(interval: Interval) -> float:
    """Return the standard error that an interval at 95 % stands for, clusters included."""
    return (interval.high - interval.low) / (2 * _NORMAL)
