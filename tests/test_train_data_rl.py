"""Which questions RL asks, and what it does with a user's functions that fail."""

import dataclasses

from cogitate.config import RLConfig
from cogitate.errors import UsageError
from cogitate.rollout.local import markers, refused
from cogitate.rollout.scripted import ScriptedSampler
from cogitate.seeds import first_index
from cogitate.train.data.curriculum import Curriculum
from cogitate.types import Request, Rollout, Task
from sums import TOKENIZER, Sums
from test_train_data_anytime import mixture_of, script, source

AT_ONCE = RLConfig(groups_per_step=8, group_size=2, think=24, refill_rounds=2)


def test_each_question_of_a_list_comes_before_any_is_repeated() -> None:
    """Also beside refills, whose questions begin elsewhere."""
    drawn: list[int] = []

    class Listed(Sums):
        def generate(self, split: str, seed: int, level: int | None = None) -> Task:
            drawn.append(seed)
            return super().generate(split, seed, level)

    rl = source(AT_ONCE, Curriculum(num_levels={}))
    rl = dataclasses.replace(rl, mixture=mixture_of(Listed()))
    for step in range(6):
        rl.groups(step)
    first = first_index(0, "rl")
    assert sorted(seed - first for seed in drawn if 0 <= seed - first < 48) == list(range(48))


def test_a_question_that_is_too_long_for_the_model_is_replaced() -> None:
    class Long(Sums):
        def generate(self, split: str, seed: int, level: int | None = None) -> Task:
            task = super().generate(split, seed, level)
            return task if seed % 3 else dataclasses.replace(task, question="x" * 600)

    rl = source(AT_ONCE, Curriculum(num_levels={}))
    groups = dataclasses.replace(rl, mixture=mixture_of(Long())).groups(0)
    assert all(len(group.task.question) < 600 for group in groups)


def test_a_function_that_fails_on_a_thought_leaves_that_one_out() -> None:
    class Fails(Sums):
        def derives(self, thought: str, answer: str) -> bool:
            if answer in "13579":
                raise UsageError("mine.py: derives raised ValueError")
            return False

    rl = source(AT_ONCE, Curriculum(num_levels={}))
    metrics = dataclasses.replace(rl, mixture=mixture_of(Fails())).batch(0).metrics
    assert metrics["unsupported"] == 1


def test_what_has_failed_is_no_malformed_answer() -> None:
    """Nor is a policy at fault that an environment did not begin for."""

    class Failing(ScriptedSampler):
        def _roll(self, request: Request) -> Rollout:
            return refused(request) if request.seed % 2 else super()._roll(request)

    rl = source(AT_ONCE, Curriculum(num_levels={}))
    rl = dataclasses.replace(rl, sampler=Failing(script, markers(TOKENIZER)))
    batch = rl.batch(0)
    assert 0 < batch.metrics["verifier_failed"] < len(batch.records)
    assert batch.metrics["malformed"] == 0


def test_thought_tokens_are_without_the_closing_marker() -> None:
    batch = source(AT_ONCE, Curriculum(num_levels={})).batch(0)
    lengths = [record["thought_tokens"] for record in batch.records]
    assert lengths == [len(record["thought"]) for record in batch.records]
    assert batch.metrics["thought_tokens"] == sum(lengths) / len(lengths)


def test_the_mean_return_has_what_long_thoughts_cost() -> None:
    shorter = dataclasses.replace(AT_ONCE, shorter=0.5)
    plain, less = (
        source(c, Curriculum(num_levels={})).batch(0).metrics for c in (AT_ONCE, shorter)
    )
    assert plain["return"] == plain["reward"] == less["reward"] > less["return"]
    assert plain["episodes"] == plain["rollouts"]
