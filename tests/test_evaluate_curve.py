"""The curve: the same questions at each budget, and its three figures."""

import json
from dataclasses import replace
from random import Random

import pytest

from cogitate.evaluate import (
    EvalSpec,
    Point,
    Record,
    auto_budgets,
    mean_interval,
    summarise,
    trace,
)
from cogitate.evaluate.curve import curve
from cogitate.rollout.local import markers
from cogitate.rollout.scripted import ScriptedSampler
from cogitate.types import Budget, Request
from sums import CLOSE, TOKENIZER, Sums, Thinker

SPEC = EvalSpec(n=80, budget=Budget(answer=8))


def test_thinking_longer_pays() -> None:
    sampler = ScriptedSampler(Thinker(), markers(TOKENIZER))
    progress: list[tuple[int, int]] = []
    traced = trace(sampler, TOKENIZER, Sums(), SPEC, [16, 0, 4, 4], lambda *at: progress.append(at))
    assert [point.budget for point in traced.points] == [0, 4, 16]
    means = [point.result.strict.mean for point in traced.points]
    assert means[0] < means[1] < means[2] == 1.0
    assert traced.performance.mean == 1.0
    assert traced.control.mean == 1.0
    assert [point.by_itself.mean for point in traced.points] == [
        1.0,
        0.4,
        1.0,
    ]  # at its limit a close is forced
    pairs = [(means[1] - means[0]) / 4, (means[2] - means[0]) / 16, (means[2] - means[1]) / 12]
    assert traced.scaling.mean == pytest.approx(100 * sum(pairs) / 3)
    assert 0 < traced.scaling.low < traced.scaling.mean < traced.scaling.high
    assert progress[-1] == (240, 240)
    assert json.loads(json.dumps(traced.to_json()))["points"][1]["budget"] == 4


def test_where_thinking_buys_nothing_the_slope_is_0() -> None:
    def constant(request: Request) -> list[int]:
        closing = [CLOSE] if request.budget.think else []
        return [*closing, *TOKENIZER.encode("7"), TOKENIZER.end]

    traced = trace(ScriptedSampler(constant, markers(TOKENIZER)), TOKENIZER, Sums(), SPEC, [0, 8])
    assert traced.scaling.low <= traced.scaling.mean == 0 <= traced.scaling.high


def test_of_a_game_each_turn_has_the_budget_and_each_task_counts() -> None:
    """All tasks of it begin with the same question."""
    tasks = [
        Record(
            key=str(seed), level=1, cluster=str(seed), question="1-3?", target="1", answer="1",
            strict=0.0, lenient=0.0, thought_tokens=8, thought_end="natural", truncated=False,
            turns=((4, 0.1), (4, 0.3)),
        )
        for seed in range(12)
    ]  # fmt: skip
    better = [replace(one, strict=float(one.key in ("3", "5", "6"))) for one in tasks]
    points = [
        Point(budget=budget, result=(result := summarise("game", "test", records)),
              within=result.strict, by_itself=result.strict)
        for budget, records in ((4, tasks), (104, better))
    ]  # fmt: skip
    found = curve("game", points)
    assert found.control.mean == 1
    assert found.scaling.mean == 0.25
    alike = [
        replace(point, result=summarise("game", "test", [replace(record, cluster="same")
                                                         for record in point.result.records]))
        for point in points
    ]  # fmt: skip
    scaling = curve("game", alike).scaling
    assert (scaling.low, scaling.mean, scaling.high) == (-1, 0.25, 1), "of one cluster: anything"


def test_auto_budgets_double() -> None:
    assert auto_budgets(128) == [0, 1, 2, 4, 8, 16, 32, 64, 128]
    assert auto_budgets(1) == [0, 1]
    assert len(auto_budgets(4096)) == 9


def test_a_mean_lies_in_its_interval_as_often_as_it_says() -> None:
    rng, covered = Random(0), 0
    for _ in range(400):
        effects = {str(c): rng.gauss(0, 1) for c in range(40)}
        clusters = [rng.choice(list(effects)) for _ in range(120)]
        interval = mean_interval([effects[c] + rng.gauss(0, 1) for c in clusters], clusters)
        covered += interval.low <= 0 <= interval.high
    assert 0.92 <= covered / 400 <= 0.975


def test_a_vote_shares_the_budget_of_its_point() -> None:
    asked: list[Request] = []

    def script(request: Request) -> list[int]:
        asked.append(request)
        answer = "12" if request.seed % 3 else "13"
        return [CLOSE, *TOKENIZER.encode(answer), TOKENIZER.end]

    sampler = ScriptedSampler(script, markers(TOKENIZER))
    spec = EvalSpec(n=10, budget=Budget(answer=8), samples=3)
    traced = trace(sampler, TOKENIZER, Sums(), spec, [1, 12])
    assert [point.voted is None for point in traced.points] == [True, False]
    (voted,) = [point.voted for point in traced.points if point.voted]
    assert {record.answer for record in voted.records} == {"12"}
    shared = [request for request in asked if request.temperature > 0]
    assert len(shared) == 30
    assert {request.budget.think for request in shared} == {4}
    assert len({request.seed for request in shared}) == 30
