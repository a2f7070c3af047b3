"""Drill of several families: each gets its share, by lessons where it has them."""

import pytest

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
from cogitate.train.data.mixture import Mixture
from cogitate.train.data.sft import Drill
from cogitate.train.logging.stopwatch import Stopwatch
from cogitate.train.plan import make_plan

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
    plan = make_plan(config, TOKENIZER, sampler, Stopwatch(), print, 512)
    for phase in plan.phases:
        prompts = [TOKENIZER.decode(group[0].prompt) for group in phase.source.batch(0).groups]
        has_numbers = [any(map(str.isdigit, prompt)) for prompt in prompts]
        assert has_numbers == [phase.name == "drill"] * len(prompts)


def test_worked_solutions_stand_behind_the_prompt_that_rl_asks() -> None:
    """Which states the one budget, where the model's template has a place for it."""
    config = TrainConfig(
        recipe="own",
        model="table",
        tasks=(TaskConfig(family="letter_finding"),),
        cold_start=ColdStartConfig(num_steps=1, items_per_step=2),
        rl=RLConfig(num_steps=1, think=96),
    )
    tokenizer = Tokenizer.bytes().with_budgets()
    sampler = ScriptedSampler(lambda _: [], Markers(ends=frozenset({tokenizer.end})))
    phases = make_plan(config, tokenizer, sampler, Stopwatch(), print, 512).phases
    ((datum,), _) = phases[0].source.batch(0).groups
    assert "[think at most 96]" in tokenizer.decode(datum.prompt)


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
    phases = make_plan(config, tokenizer, sampler, Stopwatch(), print, 512).phases
    learns = share > 0 or not think
    assert [phase.name for phase in phases] == ["cold_start", "rl"] if learns else ["rl"]
    if learns:
        ((datum,), _) = phases[0].source.batch(0).groups
        assert (datum.completion[0] == tokenizer.think_close) == (share > 0)
        assert tokenizer.decode(datum.completion).startswith("```python\n")
