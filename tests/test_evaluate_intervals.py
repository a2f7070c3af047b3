"""The intervals cover what they say they cover: checked by simulation."""

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from cogitate.evaluate import difference_interval, intervals, share_interval
from cogitate.evaluate.intervals import rank_correlation


def drawn_clusters(rng, share, num_clusters, size, correlation):
    """Beta-binomial clusters: within one, questions go right together."""
    outcomes, clusters = [], []
    for name in range(num_clusters):
        own = share
        if correlation == 1:
            own = float(rng.random() < share)
        elif correlation > 0:
            spread = (1 - correlation) / correlation
            own = rng.betavariate(share * spread, (1 - share) * spread)
        outcomes += [float(rng.random() < own) for _ in range(size)]
        clusters += [str(name)] * size
    return outcomes, clusters


@pytest.mark.parametrize("share", [0.5, 0.9, 0.97])
@pytest.mark.parametrize(("size", "correlation"), [(1, 0.0), (4, 0.3), (4, 1.0)])
def test_share_interval_covers(share, size, correlation):
    rng, trials, covered = Random(7), 400, 0
    for _ in range(trials):
        interval = share_interval(*drawn_clusters(rng, share, 120, size, correlation))
        covered += interval.low <= share <= interval.high
    assert covered / trials >= 0.92


def test_ignoring_clusters_would_not_cover():
    """The simulation can tell: the same data with every question its own cluster fails."""
    rng, trials, covered = Random(7), 400, 0
    for _ in range(trials):
        outcomes, _ = drawn_clusters(rng, 0.5, 120, 4, 1.0)
        interval = share_interval(outcomes, [str(i) for i in range(len(outcomes))])
        covered += interval.low <= 0.5 <= interval.high
    assert covered / trials < 0.85


@pytest.mark.parametrize(("up", "down"), [(0.02, 0.01), (0.1, 0.02), (0.3, 0.3), (0.004, 0.0)])
@pytest.mark.parametrize("together", [0.0, 0.5, 1.0])
def test_difference_interval_covers(up, down, together):
    rng, trials, covered = Random(11), 400, 0
    for _ in range(trials):
        differences, clusters = [], []
        for name in range(120):
            shared = rng.random()
            for _ in range(3):
                draw = shared if rng.random() < together else rng.random()
                differences.append(1.0 if draw < up else -1.0 if draw > 1 - down else 0.0)
                clusters.append(str(name))
        interval = difference_interval(differences, clusters)
        covered += interval.low <= up - down <= interval.high
    assert covered / trials >= 0.92


@pytest.mark.parametrize("outcome", [0.0, 1.0])
def test_at_the_edges_clusters_count_not_questions(outcome):
    many = share_interval([outcome] * 400, [str(i) for i in range(400)])
    few = share_interval([outcome] * 400, [str(i % 20) for i in range(400)])
    assert many.mean == few.mean == outcome
    assert 0.008 < many.high - many.low < 0.012
    assert 0.15 < few.high - few.low < 0.2
    assert outcome in (many.low, many.high)


def test_one_cluster_says_next_to_nothing():
    interval = share_interval([1.0] * 50, ["banana"] * 50)
    assert interval.high - interval.low > 0.9


def test_equal_answers_still_leave_doubt():
    interval = difference_interval([0.0] * 100, [str(i) for i in range(100)])
    assert interval.low < 0 < interval.high
    assert interval.high - interval.low < 0.06


def test_scipy_agrees_where_questions_are_independent():
    ours = share_interval([1.0] * 930 + [0.0] * 70, [str(i) for i in range(1000)])
    theirs = stats.binomtest(930, 1000).proportion_ci(method="wilson")
    assert ours.low == pytest.approx(theirs.low, abs=1e-3)
    assert ours.high == pytest.approx(theirs.high, abs=1e-3)


@given(st.integers(1, 3000))
def test_quantiles_are_those_of_student(num_clusters):
    expected = stats.t.ppf(0.975, max(1, num_clusters - 1))
    assert intervals._quantile(num_clusters) == pytest.approx(expected, rel=1e-12)


@given(st.lists(st.integers(0, 9) | st.floats(-3, 3), min_size=1))
def test_equal_values_share_their_mean_rank(values):
    num = len(values)
    expected = [(rank - (num + 1) / 2) / num for rank in stats.rankdata(values)]
    assert intervals._centred_ranks(values) == expected


def test_nothing_has_no_interval():
    with pytest.raises(ValueError, match="at least one"):
        share_interval([], [])
    with pytest.raises(ValueError, match="at least one"):
        difference_interval([], [])


def test_shown_as_percentages():
    assert str(intervals.Interval(mean=0.93, low=0.912, high=0.945)) == "93.0 % [91.2, 94.5]"


@pytest.mark.parametrize("shared", [0.0, 1.5])
@pytest.mark.parametrize("size", [1, 4])
@pytest.mark.parametrize("is_binary", [False, True])
def test_rank_correlation_covers(shared, size, is_binary):
    """Questions of a cluster share most of both sides, and one side may be right or wrong."""

    def drawn(rng, num_clusters):
        pairs, clusters = [], []
        for name in range(num_clusters):
            left, right = rng.gauss(0, size > 1), rng.gauss(0, size > 1)
            for _ in range(size):
                common = shared * rng.gauss(0, 1)
                y = right + common + rng.gauss(0, 1)
                pairs.append((left + common + rng.gauss(0, 1), float(y > 0) if is_binary else y))
                clusters.append(str(name))
        return [x for x, _ in pairs], [y for _, y in pairs], clusters

    rng, trials, covered = Random(7), 100, 0
    left, right, _ = drawn(rng, 6000)
    truth = intervals._stratified(left, right, [0] * len(left))
    assert truth is not None
    for _ in range(trials):
        interval = rank_correlation(*drawn(rng, 40))
        covered += interval.low <= truth <= interval.high
    assert 0.9 <= covered / trials <= 1


def test_nothing_that_strata_differ_in_is_left():
    rng = Random(7)
    means = []
    for _ in range(30):
        strata = [i % 2 for i in range(200)]
        left = [float(rng.random() < 0.1 + 0.8 * stratum) for stratum in strata]
        right = [float(rng.random() < 0.1 + 0.8 * stratum) for stratum in strata]
        clusters = [str(i) for i in range(200)]
        assert rank_correlation(left, right, clusters).low > 0.3
        means.append(rank_correlation(left, right, clusters, strata).mean)
    assert abs(sum(means) / len(means)) < 0.05


def test_a_side_that_never_varies_correlates_with_nothing():
    interval = rank_correlation([1.0] * 9, [float(i) for i in range(9)], list("abcdefghi"))
    assert (interval.mean, interval.low, interval.high) == (0, -1, 1)
