"""Answers forced at points of a thought: what is asked there, and what the thought then earns."""

import dataclasses

import pytest

from cogitate.config import RLConfig, TaskConfig
from cogitate.rollout.local import markers
from cogitate.rollout.scripted import ScriptedSampler
from cogitate.train.data.anytime import cuts, draw_points, returns
from cogitate.train.data.curriculum import Curriculum
from cogitate.train.data.mixture import Mixture, Source
from cogitate.train.data.rl import Reinforce
from cogitate.train.logging.stopwatch import Stopwatch
from cogitate.types import Budget, End, Request, Rollout, ThoughtEnd, Verdict
from sums import CLOSE, TOKENIZER, Sums

KNOWS_AFTER = 12
"""Thought tokens from which the scripted policy answers rightly."""


def rollout(thought: tuple[int, ...]) -> Rollout:
    tokens = len(thought) + 2
    return Rollout(
        request=Request(prompt=(1, 9), budget=Budget(think=8, answer=4), seed=5),
        thought=(*thought, 10), answer=(3, 2), logprobs=(0.0,) * tokens, sampled=(True,) * tokens,
        thought_end=ThoughtEnd.NATURAL, end=End.DONE, versions=(), seconds=0.1,
    )  # fmt: skip


def test_points_lie_below_the_budget_and_hold_for_a_whole_group() -> None:
    points = draw_points(64, 5, seed=1)
    assert points == sorted(points) == draw_points(64, 5, seed=1)
    assert all(1 <= point < 64 for point in points)
    assert draw_points(1, 5, seed=1) == draw_points(0, 5, seed=1) == []


def test_a_thought_is_cut_where_it_is_longer_than_the_point() -> None:
    found = cuts([rollout((5, 6)), rollout((5, 6, 7, 8))], [1, 3], (10,))
    assert [cut.row for cut in found] == [0, 1, 1]
    assert [cut.request.prompt for cut in found] == [
        (1, 9, 5, 10), (1, 9, 5, 10), (1, 9, 5, 6, 7, 10),
    ]  # fmt: skip
    assert {cut.request.budget for cut in found} == {Budget(think=0, answer=4)}


def test_the_reward_is_the_mean_over_all_answers() -> None:
    own = [Verdict(reward=1.0), Verdict(reward=1.0), Verdict(reward=0.0), Verdict(reward=None)]
    forced = [Verdict(reward=0.0), Verdict(reward=1.0), Verdict(reward=0.0), Verdict(reward=None)]
    found = returns(own, 3, [0, 0, 0, 1], forced)
    assert found == [0.5, 1.0, 0.0, None]


def script(request: Request) -> list[int]:
    """Think for 4 to 20 tokens, and know the sum from a certain length on."""
    prompt = list(request.prompt)
    text = TOKENIZER.decode(prompt)
    a, b = map(int, text.rpartition("u ")[-1].split("=")[0].split("+"))
    thought = TOKENIZER.encode("." * (4 + request.seed % 17))
    assert TOKENIZER.think_open is not None
    cut = len(prompt) - prompt.index(TOKENIZER.think_open) - 2 if CLOSE in prompt else None
    known = len(thought) if cut is None else cut
    answer = TOKENIZER.encode(str(a + b if known >= KNOWS_AFTER else a + b + 1))
    return [*([] if cut is not None else [*thought, CLOSE]), *answer, TOKENIZER.end]


@pytest.mark.parametrize("anytime", [0, 4])
def test_a_thought_earns_more_the_sooner_it_knows(anytime: int) -> None:
    config = RLConfig(num_steps=1, groups_per_step=4, group_size=8, think=24, anytime=anytime)
    groups = source(config, Curriculum(num_levels={})).groups(0)
    rows = [
        (len(r.thought) - 1, return_)
        for group in groups
        for r, return_ in zip(group.rollouts, group.returns, strict=True)
    ]
    assert {v.reward for group in groups for v in group.verdicts} == {0.0, 1.0}
    assert {reward for length, reward in rows if length < KNOWS_AFTER} == {0.0}
    late = {reward for length, reward in rows if length >= KNOWS_AFTER}
    if anytime:
        assert late <= {share / 5 for share in range(1, 6)}
        assert len(late) > 1
    else:
        assert late == {1.0}


def test_a_short_thought_earns_more_among_correct_ones() -> None:
    config = RLConfig(num_steps=1, groups_per_step=4, group_size=8, think=24, shorter=0.5)
    for group in source(config, Curriculum(num_levels={})).groups(0):
        rows = zip(group.rollouts, group.verdicts, group.returns, strict=True)
        earned = [(len(r.thought), return_ or 0.0) for r, v, return_ in rows if v.reward]
        assert [return_ for _, return_ in sorted(earned)] == sorted(
            (return_ for _, return_ in earned), reverse=True
        )
        assert len({return_ for _, return_ in earned}) > 1
        assert group.share == len(earned) / 8
        assert all(0.5 < return_ < 1 for _, return_ in earned)


@pytest.mark.parametrize("narrow", [0, 2])
def test_a_level_is_judged_by_what_had_room_to_think(narrow: int) -> None:
    config = RLConfig(
        num_steps=1, groups_per_step=24, group_size=2, think=24, budgets=(narrow, 24),
        refill_rounds=0,
    )  # fmt: skip
    curriculum, expected = (Curriculum(num_levels={"sums": 1}) for _ in range(2))
    groups = source(config, curriculum).groups(0)
    wide = [group for group in groups if group.rollouts[0].request.budget.think == 24]
    assert 0 < len(wide) < len(groups)
    for group in wide:
        expected.observe("sums", 1, group.share or 0.0)
    assert curriculum.shares == expected.shares


@pytest.mark.parametrize("deadlines_s", [(), (0.5,)])
def test_behind_a_close_by_force_answers_count_under_deadlines(
    deadlines_s: tuple[float, ...],
) -> None:
    config = RLConfig(
        num_steps=1, groups_per_step=4, group_size=8, think=24, budgets=(KNOWS_AFTER + 2,),
        deadlines_s=deadlines_s,
    )  # fmt: skip
    groups = source(config, Curriculum(num_levels={})).groups(0)
    rewards = {
        end: {
            verdict.reward
            for group in groups
            for rollout, verdict in zip(group.rollouts, group.verdicts, strict=True)
            if rollout.thought_end is end and len(rollout.thought) > KNOWS_AFTER
        }
        for end in (ThoughtEnd.NATURAL, ThoughtEnd.BUDGET)
    }
    assert rewards[ThoughtEnd.NATURAL] == {1.0}
    assert (1.0 in rewards[ThoughtEnd.BUDGET]) == bool(deadlines_s)


def source(config: RLConfig, curriculum: Curriculum) -> Reinforce:
    return Reinforce(
        sampler=ScriptedSampler(script, markers(TOKENIZER)),
        tokenizer=TOKENIZER,
        mixture=mixture_of(Sums()),
        curriculum=curriculum,
        config=config,
        seed=0,
        stopwatch=Stopwatch(),
        context=512,
    )


def mixture_of(family: Sums) -> Mixture:
    mixture = Mixture((TaskConfig(family="spelling"),))
    mixture.sources = [dataclasses.replace(mixture.sources[0], family=family)]
    assert isinstance(mixture.sources[0], Source)
    return mixture
