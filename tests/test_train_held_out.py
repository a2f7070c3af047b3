"""What is asked at a held-out evaluation, and under which names its results are told."""

from dataclasses import replace

import pytest

from cogitate.config import RLConfig, RunConfig, TaskConfig, TrainConfig
from cogitate.rollout.local import markers
from cogitate.rollout.scripted import ScriptedSampler
from cogitate.train.data.curriculum import Curriculum
from cogitate.train.data.mixture import Mixture, Source, room_for
from cogitate.train.held_out import HeldOutEval
from cogitate.train.plan import Plan
from cogitate.types import Request, Task
from sums import TOKENIZER, Sums, Thinker


class Spread(Sums):
    """Each sum is a cluster of its own; a third of the questions is long."""

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        task = super().generate(split, seed % 100, level)
        long = "long " * 100 if seed % 3 else ""
        return replace(task, question=f"{long}{level}: {task.question}", metadata={})


def evaluated(rl: RLConfig, *levels: int | None) -> tuple[dict[str, float], list[Request]]:
    """Return the metrics of an evaluation and what was asked."""
    mixture, asked = Mixture(()), list[Request]()
    mixture.sources = [Source(family=Spread(), weight=1.0, level=level) for level in levels]
    fits = room_for(TOKENIZER, rl, 200)
    plan = Plan(phases=(), mixture=mixture, curriculum=Curriculum(num_levels={}), fits=fits)
    config = TrainConfig(
        recipe="own",
        model="none",
        tasks=(TaskConfig(family="sums"),),
        rl=rl,
        run=RunConfig(eval_n=6),
    )

    def script(request: Request) -> list[int]:
        asked.append(request)
        return Thinker()(request)

    sampler = ScriptedSampler(script, markers(TOKENIZER))
    return {**HeldOutEval(plan, config, print).evaluate(sampler, TOKENIZER)}, asked


@pytest.mark.parametrize(("budgets", "think"), [((), 24), ((4, 16), 16)])
def test_questions_that_fit_are_asked_with_the_widest_budget_that_is_taught(
    budgets: tuple[int, ...], think: int
) -> None:
    metrics, asked = evaluated(RLConfig(think=24, budgets=budgets), None)
    assert len(asked) == metrics["held_out_questions"] == 6
    assert {request.budget.think for request in asked} == {think}
    assert max(len(request.prompt) for request in asked) < 200


def test_parts_of_one_family_are_told_by_their_levels() -> None:
    metrics, _ = evaluated(RLConfig(think=24), 1, 2)
    assert {name for name in metrics if name.startswith("held_out/")} == {
        "held_out/sums/1", "held_out/sums/2",
    }  # fmt: skip
