"""The plan at scale: what its formula gives, and where more samplers stop helping."""

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogitate.config import ScaleConfig
from cogitate.train.cluster.scaling import ENOUGH, Parts, enough_samplers, lines, step_of

PARTS = Parts(rollouts=128, fixed_s=8.0, each_s=0.25, learn_s=20.0, sync_s=0.5)


def test_a_step_is_the_sum_or_the_longer_part() -> None:
    assert PARTS.sample_s(1) == 40
    assert PARTS.sample_s(4) == 16
    assert PARTS.efficiency(4) == pytest.approx(40 / (4 * 16))
    alone = step_of(PARTS, samplers=4, learners=2, lead=0)
    assert (alone.step_s, alone.idle_samplers) == (26.5, pytest.approx(10.5 / 26.5))
    ahead = step_of(PARTS, samplers=4, learners=2, lead=1)
    assert (ahead.step_s, ahead.idle_learners) == (16.5, pytest.approx(6.5 / 16.5))


@given(
    parts=st.builds(
        Parts,
        rollouts=st.integers(1, 2000),
        fixed_s=st.floats(0.01, 100),
        each_s=st.floats(0.001, 10),
        learn_s=st.floats(0.01, 1000),
        sync_s=st.floats(0, 10),
    ),
    learners=st.integers(1, 8),
    lead=st.sampled_from([0, 1, 2]),
)
def test_twice_enough_is_no_better_and_half_is_worse(
    parts: Parts, learners: int, lead: Literal[0, 1, 2]
) -> None:
    enough = enough_samplers(parts, learners=learners, lead=lead)

    def step_s(samplers: int) -> float:
        return step_of(parts, samplers=samplers, learners=learners, lead=lead).step_s

    if enough < parts.rollouts:
        assert step_s(2 * enough) > (1 - ENOUGH) * step_s(enough)
    if enough > 1:
        assert step_s(enough) <= (1 - ENOUGH) * step_s(enough // 2)
    scale = ScaleConfig(samplers=3, learners=learners, lead=lead)
    assert f"more than {enough} samplers" in lines(parts, scale)[2]
