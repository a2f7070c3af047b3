"""95 % intervals of a share, a paired difference, a mean and a rank correlation, clustered.

Questions about the same word, or made from the same template, are not independent: a model that
knows the word gets all of them right. Every interval here takes the cluster of each question
into account.
"""

import math
from bisect import bisect_left, bisect_right
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache

CONFIDENCE = 0.95
_NORMAL = 1.959964
"""The normal distribution's two-sided quantile."""
_ALMOST_ONE = 1 - 1e-12
_MAX_LOTS = 64
"""Maximum number of lots of clusters, left out in turn by the jackknife."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A mean with its 95 % interval.

    Example: Interval(mean=0.93, low=0.912, high=0.945)
    """

    mean: float
    low: float
    high: float

    def __str__(self) -> str:
        """Return it as percentages: "93.0 % [91.2, 94.5]"."""
        return f"{100 * self.mean:.1f} % [{100 * self.low:.1f}, {100 * self.high:.1f}]"


def share_interval(outcomes: Sequence[float], clusters: Sequence[str]) -> Interval:
    """Return the mean of outcomes from 0 to 1 with Wilson's interval at the effective size.

    The effective size is the number of independent questions with the same cluster-robust variance
    (Korn and Graubard 1998, with Wilson's score interval in place of the exact one). It never
    exceeds the number of questions, so the interval is conservative for outcomes between 0 and 1,
    which vary less. If fewer than two clusters deviate, the variance is not informative, and the
    effective size is the number of clusters.

    Example: share_interval([1, 1, 0, 1], ["a", "a", "b", "c"]) -> mean 0.75

    Raises:
        ValueError: there are no outcomes.
    """
    num = len(outcomes)
    if num == 0:
        raise ValueError("an interval needs at least one outcome")
    mean = math.fsum(outcomes) / num
    sums = _cluster_sums(outcomes, clusters)
    num_clusters = len(sums)
    size = _effective_size(mean, num, sums)
    squared = _quantile(num_clusters) ** 2
    centre = (mean + squared / (2 * size)) / (1 + squared / size)
    spread = mean * (1 - mean) / size + squared / (4 * size**2)
    half = math.sqrt(squared * spread) / (1 + squared / size)
    return Interval(
        mean=mean,
        low=0.0 if mean == 0 else max(0.0, centre - half),
        high=1.0 if mean == 1 else min(1.0, centre + half),
    )


def difference_interval(differences: Sequence[float], clusters: Sequence[str]) -> Interval:
    """Return the mean of paired differences in [-1, 1] with its interval.

    A cluster-robust t interval after adding two clusters of mean size: half a cluster of +1, half
    a cluster of -1, and one of 0. Agresti and Min (2005) add as many pairs; the same with clusters
    keeps the coverage if few questions, or none, are answered differently.

    Raises:
        ValueError: there are no differences.
    """
    num = len(differences)
    if num == 0:
        raise ValueError("an interval needs at least one difference")
    sums = _cluster_sums(differences, clusters)
    num_clusters = len(sums)
    size = num / num_clusters
    total = num + 2 * size
    mean = math.fsum(differences) / total
    residuals = [total_c - mean * count for total_c, count in sums]
    squares = math.fsum(residual**2 for residual in residuals)
    squares += size**2 * ((1 - mean) ** 2 / 2 + (1 + mean) ** 2 / 2 + mean**2)
    half = _quantile(num_clusters + 2) * math.sqrt(squares) / total
    observed = math.fsum(differences) / num
    return Interval(
        mean=observed,
        low=max(-1.0, min(observed, mean - half)),
        high=min(1.0, max(observed, mean + half)),
    )


def mean_interval(values: Sequence[float], clusters: Sequence[str]) -> Interval:
    """Return the mean of any values with its cluster-robust t interval.

    Example: mean_interval([0.1, 0.3, 0.2], ["a", "b", "c"]) -> mean 0.2

    Raises:
        ValueError: there are no values.
    """
    num = len(values)
    if num == 0:
        raise ValueError("an interval needs at least one value")
    mean = math.fsum(values) / num
    sums = _cluster_sums(values, clusters)
    num_clusters = len(sums)
    squares = math.fsum((total - mean * count) ** 2 for total, count in sums)
    robust = math.sqrt(squares * num_clusters / max(1, num_clusters - 1)) / num
    half = _quantile(num_clusters) * robust if num_clusters > 1 else math.inf
    return Interval(mean=mean, low=mean - half, high=mean + half)


def rank_correlation(
    left: Sequence[float],
    right: Sequence[float],
    clusters: Sequence[str],
    strata: Sequence[Hashable] | None = None,
) -> Interval:
    """Return Spearman's correlation, within strata if given, with its interval.

    Within each stratum both sides are ranked and centred, which removes differences between strata;
    then one correlation is computed over all. The interval is a jackknife over clusters on Fisher's
    scale, and at least as wide as that of independent pairs (Bonett and Wright 2000, eq. 3). If one
    side is constant, the correlation is 0 and the interval is [-1, 1].
    """
    num = len(left)
    strata = [0] * num if strata is None else strata
    mean = _stratified(left, right, strata)
    if num <= 3 or mean is None:
        return Interval(mean=0.0, low=-1.0, high=1.0)
    near = min(abs(mean), _ALMOST_ONE)
    alone = _NORMAL * math.sqrt((1 + near**2 / 2) / (num - 3))
    without = [
        _stratified([left[i] for i in kept], [right[i] for i in kept], [strata[i] for i in kept])
        for kept in _leave_out(clusters)
    ]
    scaled = [_fisher(value) for value in without if value is not None]
    centre = math.fsum(scaled) / max(1, len(scaled))
    squares = math.fsum((value - centre) ** 2 for value in scaled)
    spread = math.sqrt(squares * (len(scaled) - 1) / len(scaled)) if len(scaled) > 1 else math.inf
    half = max(alone, _quantile(len(scaled)) * spread)
    return Interval(
        mean=mean,
        low=math.tanh(_fisher(mean) - half),
        high=math.tanh(_fisher(mean) + half),
    )


def _stratified(
    left: Sequence[float], right: Sequence[float], strata: Sequence[Hashable]
) -> float | None:
    """Return the correlation of ranks within strata; None if a side is constant."""
    places: dict[Hashable, list[int]] = {}
    for place, stratum in enumerate(strata):
        places.setdefault(stratum, []).append(place)
    xs: list[float] = []
    ys: list[float] = []
    for inside in places.values():
        xs += _centred_ranks([left[i] for i in inside])
        ys += _centred_ranks([right[i] for i in inside])
    size = math.sqrt(math.fsum(x * x for x in xs) * math.fsum(y * y for y in ys))
    return math.fsum(x * y for x, y in zip(xs, ys, strict=True)) / size if size else None


def _centred_ranks(values: Sequence[float]) -> list[float]:
    """Return ranks in (0, 1] minus their mean, so that strata are comparable."""
    mean, num = (len(values) + 1) / 2, len(values)
    ordered = sorted(values)
    ranks = {value: (bisect_left(ordered, value) + bisect_right(ordered, value) + 1) / 2
             for value in ordered}  # fmt: skip
    return [(ranks[value] - mean) / num for value in values]


def _leave_out(clusters: Sequence[str]) -> Iterator[list[int]]:
    """Yield the indices that remain without one cluster, or without one lot of clusters."""
    lots = {name: i % _MAX_LOTS for i, name in enumerate(dict.fromkeys(clusters))}
    for lot in range(min(len(lots), _MAX_LOTS)):
        yield [place for place, name in enumerate(clusters) if lots[name] != lot]


def _fisher(correlation: float) -> float:
    return math.copysign(math.atanh(min(abs(correlation), _ALMOST_ONE)), correlation)


def _cluster_sums(values: Iterable[float], clusters: Iterable[str]) -> list[tuple[float, int]]:
    """Return (sum, count) of each cluster."""
    sums: dict[str, tuple[float, int]] = {}
    for value, cluster in zip(values, clusters, strict=True):
        total, count = sums.get(cluster, (0.0, 0))
        sums[cluster] = (total + value, count + 1)
    return list(sums.values())


def _effective_size(mean: float, num: int, sums: list[tuple[float, int]]) -> float:
    """Return the equivalent number of independent questions, from 1 to `num`."""
    num_clusters = len(sums)
    usual = 1 if mean > 0.5 else 0
    deviating = sum(total != usual * count for total, count in sums)
    if num_clusters < 2 or deviating < 2:
        return float(num_clusters)
    squares = math.fsum((total - mean * count) ** 2 for total, count in sums)
    variance = num_clusters / (num_clusters - 1) * squares / num**2
    if variance == 0:
        return float(num)
    return min(float(num), max(1.0, mean * (1 - mean) / variance))


@cache
def _quantile(num_clusters: int) -> float:
    """Return Student's two-sided 95 % quantile with `num_clusters` - 1 degrees of freedom."""
    degrees = max(1, num_clusters - 1)
    low, high = 0.0, math.pi / 2
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if _within(middle, degrees) < CONFIDENCE else (low, middle)
    return math.sqrt(degrees) * math.tan(low)


def two_sided(t: float, degrees: int) -> float:
    """Return the probability that Student's |t| is as large or larger.

    Example: two_sided(2.776, 4) -> 0.05
    """
    degrees = max(1, degrees)
    return 1 - _within(math.atan(abs(t) / math.sqrt(degrees)), degrees)


def _within(angle: float, degrees: int) -> float:
    """Return the probability that Student's |t| is below sqrt(degrees) * tan(angle).

    Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.7.3 and 26.7.4.
    """
    is_odd = degrees % 2
    total, term, square = 0.0, math.cos(angle) ** is_odd, math.cos(angle) ** 2
    for power in range(is_odd, degrees - 1, 2):
        total += term
        term *= (power + 1) / (power + 2) * square
    total *= math.sin(angle)
    return 2 / math.pi * (angle + total) if is_odd else total
