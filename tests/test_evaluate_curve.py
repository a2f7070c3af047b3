"""The curve: the same questions at each budget, and its three figures."""

import json
from random import Random

import pytest

from cogitate.evaluate import Exam, auto_budgets, mean_interval, trace
from cogitate.rollout.local import markers
from cogitate.rollout.scripted import ScriptedSampler
from cogitate.tokenizer import Tokenizer
from cogitate.types import Budget, Request
from test_evaluate import Sums

TOKENIZER = Tokenizer.bytes()
EXAM = Exam(n=80, budget=Budget(answer=8))


class Thinker:
    """Needs `a` tokens of thought for "a+b="; cut off before, it answers 0."""

    def __call__(self, request: Request) -> list[int]:
        text = TOKENIZER.decode(request.prompt)
        a, b = (int(part.strip("= ")[-1]) for part in text.split("=")[0].split("+"))
        enough = request.budget.think is None or request.budget.think >= a
        answer = TOKENIZER.encode(str(a + b if enough else 0))
        if not TOKENIZER.decode(request.prompt, skip_special=False).endswith("<think>"):
            return [*answer, TOKENIZER.end]
        close = [TOKENIZER.think_close] if enough else []
        return [*TOKENIZER.encode("." * min(a, request.budget.think or a)), *close, *answer,
                TOKENIZER.end]  # fmt: skip


def test_thinking_longer_pays() -> None:
    sampler = ScriptedSampler(Thinker(), markers(TOKENIZER))
    told: list[tuple[int, int]] = []
    curve = trace(sampler, TOKENIZER, Sums(), EXAM, [16, 0, 4, 4], lambda *at: told.append(at))
    assert [point.budget for point in curve.points] == [0, 4, 16]
    means = [point.result.strict.mean for point in curve.points]
    assert means[0] < means[1] < means[2] == 1.0
    assert curve.performance.mean == 1.0
    assert curve.control.mean == 1.0
    assert [point.by_itself.mean for point in curve.points] == [1.0, 0.5, 1.0]
    pairs = [(means[1] - means[0]) / 4, (means[2] - means[0]) / 16, (means[2] - means[1]) / 12]
    assert curve.scaling.mean == pytest.approx(100 * sum(pairs) / 3)
    assert 0 < curve.scaling.low < curve.scaling.mean < curve.scaling.high
    assert told[-1] == (240, 240)
    assert json.loads(json.dumps(curve.to_json()))["points"][1]["budget"] == 4


def test_where_thinking_buys_nothing_the_slope_is_0() -> None:
    def constant(request: Request) -> list[int]:
        closing = [TOKENIZER.think_close] if request.budget.think else []
        return [*closing, *TOKENIZER.encode("7"), TOKENIZER.end]

    curve = trace(ScriptedSampler(constant, markers(TOKENIZER)), TOKENIZER, Sums(), EXAM, [0, 8])
    assert curve.scaling.low <= curve.scaling.mean == 0 <= curve.scaling.high


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
