"""Drill of several families, and a cold start whose prompts share their beginning."""

from collections.abc import Sequence

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from cogitate.config import (
    ColdStartConfig,
    DrillConfig,
    PretrainConfig,
    RLConfig,
    TaskConfig,
    TrainConfig,
)
from cogitate.rollout.scripted import ScriptedSampler
from cogitate.thinking.machine import Markers
from cogitate.tokenizer import Tokenizer
from cogitate.train.data.batch import learned
from cogitate.train.data.mixture import Mixture
from cogitate.train.data.sft import Drill, grouped
from cogitate.train.logging.stopwatch import Stopwatch
from cogitate.train.plan import make_plan
from cogitate.types import Datum
from cogitate.update.learner import LocalLearner
from tiny import make_decoder

TOKENIZER = Tokenizer.bytes()


def questions(*parts: TaskConfig, num_items: int = 60) -> list[str]:
    config = DrillConfig(num_steps=1, items_per_step=num_items)
    drill = Drill(TOKENIZER, Mixture(parts), config=config, seed=0)
    return [TOKENIZER.decode(datum.prompt) for (datum,) in drill.batch(0).groups]


def test_a_family_without_lessons_is_drilled_beside_one_that_has_them() -> None:
    spelling = TaskConfig(family="spelling", weight=2.0)
    asked = questions(spelling, TaskConfig(family="arithmetic"))
    lessons = [text for text in asked if text.endswith((":", " ="))]
    assert 30 <= len(lessons) <= 50
    others = [text for text in asked if text not in lessons]
    assert all(any(sign.isdigit() for sign in text) for text in others)


def test_no_lesson_comes_twice_before_all_have_come() -> None:
    asked = questions(TaskConfig(family="spelling"), num_items=500)
    assert len(set(asked)) == 500


def test_each_phase_before_rl_learns_its_own_tasks_or_the_runs() -> None:
    config = TrainConfig(
        recipe="own",
        model="table",
        tasks=(TaskConfig(family="arithmetic"),),
        pretrain=PretrainConfig(num_steps=1, tasks=(TaskConfig(family="letter_finding"),)),
        drill=DrillConfig(num_steps=1),
        cold_start=ColdStartConfig(num_steps=1, tasks=(TaskConfig(family="letter_finding"),)),
    )
    assert config.families == ("arithmetic", "letter_finding")
    sampler = ScriptedSampler(lambda _: [], Markers(ends=frozenset({TOKENIZER.end})))
    plan = make_plan(config, TOKENIZER, sampler, Stopwatch(), print)
    for phase in plan.phases:
        prompts = [TOKENIZER.decode(group[0].prompt) for group in phase.source.batch(0).groups]
        has_numbers = [any(map(str.isdigit, prompt)) for prompt in prompts]
        assert has_numbers == [phase.name == "drill"] * len(prompts)


tokens = st.lists(st.integers(0, 299), min_size=1, max_size=12).map(tuple)


@given(beginning=tokens, rest=st.lists(st.tuples(tokens, tokens), min_size=1, max_size=9))
def test_grouped_texts_are_the_same_texts(beginning, rest) -> None:
    data = [learned(beginning + question, answer) for question, answer in rest]
    found = [datum for group in grouped(data) for datum in group]
    assert list(map(whole, found)) == list(map(whole, data))
    assert all(len({datum.prompt for datum in group}) == 1 for group in grouped(data))


def whole(datum: Datum) -> tuple[tuple[int, ...], tuple[float, ...]]:
    """Return all tokens with their weights."""
    weights = (0.0,) * len(datum.prompt) + datum.weights
    return datum.prompt + datum.completion, weights


def test_what_prompts_have_in_common_is_computed_once_and_learns_the_same() -> None:
    system = tuple(range(20))
    data = [learned((*system, 30 + n, 40), (50 + n, 60, 2)) for n in range(6)]
    groups = grouped(data)
    assert [len(group) for group in groups] == [4, 2]
    assert {group[0].prompt for group in groups} == {system}
    alone = gradient([[datum] for datum in data])
    torch.testing.assert_close(gradient(groups), alone, rtol=1e-4, atol=1e-6)


def gradient(groups: Sequence[Sequence[Datum]]) -> torch.Tensor:
    learner = LocalLearner(make_decoder())
    learner.forward_backward(groups)
    return torch.cat([master.grad.flatten() for master in learner._masters.values()])


def test_prompts_with_little_in_common_stay_whole() -> None:
    data = [learned((1, 2, n), (3,)) for n in range(5)]
    assert grouped(data) == [[datum] for datum in data]


@pytest.mark.parametrize(("think", "share"), [(0, 0.0), (16, 0.0), (16, 0.2)])
def test_references_are_learned_where_no_thought_is(think: int, share: float) -> None:
    """Solutions without thoughts would teach a model that thinks to leave them empty."""
    config = TrainConfig(
        recipe="own",
        model="table",
        tasks=(TaskConfig(family="modules"),),
        cold_start=ColdStartConfig(num_steps=1, items_per_step=2, empty_thought_share=share),
        rl=RLConfig(num_steps=1, think=think),
    )
    tokenizer = TOKENIZER.with_thinking() if think else TOKENIZER
    sampler = ScriptedSampler(lambda _: [], Markers(ends=frozenset({tokenizer.end})))
    phases = make_plan(config, tokenizer, sampler, Stopwatch(), print).phases
    learns = share > 0 or not think
    assert [phase.name for phase in phases] == ["cold_start", "rl"] if learns else ["rl"]
    if learns:
        data = [datum for group in phases[0].source.batch(0).groups for datum in group]
        assert len(data) == 2
        for datum in data:
            own = [token for token, weight in zip(*whole(datum), strict=True) if weight]
            assert (own[0] == tokenizer.think_close) == (share > 0)
            assert tokenizer.decode(own).startswith("```python\n")
