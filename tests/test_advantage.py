"""What every advantage owes, and the figures of each by hand."""

import math
from collections.abc import Callable, Sequence
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cogitate.advantage import ADVANTAGES, dr_grpo, grpo, maxrl, rloo, shorter

Advantage = Callable[[Sequence[float]], list[float]]
GROUPS = st.lists(st.floats(0, 1, width=32, allow_subnormal=False), min_size=1, max_size=16)
BINARY = st.lists(st.sampled_from([0.0, 1.0]), min_size=1, max_size=16)

every = pytest.mark.parametrize("advantage", ADVANTAGES.values(), ids=ADVANTAGES)


@every
@given(GROUPS)
def test_they_sum_to_zero(advantage: Advantage, rewards: list[float]) -> None:
    advantages = advantage(rewards)
    assert len(advantages) == len(rewards)
    assert sum(advantages) == pytest.approx(0, abs=1e-6 * max(1, *map(abs, advantages)))


@every
@given(GROUPS)
def test_a_better_rollout_never_weighs_less(advantage: Advantage, rewards: list[float]) -> None:
    pairs = sorted(zip(rewards, advantage(rewards), strict=True))
    assert [value for _, value in pairs] == sorted(value for _, value in pairs)


@every
@given(GROUPS, st.randoms())
def test_order_does_not_count(advantage: Advantage, rewards: list[float], random) -> None:
    order = list(range(len(rewards)))
    random.shuffle(order)
    shuffled = advantage([rewards[i] for i in order])
    assert shuffled == pytest.approx([advantage(rewards)[i] for i in order], abs=1e-6, rel=1e-6)


@every
@given(st.floats(0, 1), st.integers(0, 16))
def test_no_signal_gives_zeros(advantage: Advantage, reward: float, num: int) -> None:
    assert advantage([reward] * num) == [0.0] * num


@given(BINARY)
def test_they_agree_where_they_must(rewards: list[float]) -> None:
    num, rate = len(rewards), sum(rewards) / len(rewards)
    centred = dr_grpo(rewards)
    assert rloo(rewards) == pytest.approx([v * num / max(1, num - 1) for v in centred])
    if 0 < rate < 1:
        assert maxrl(rewards) == pytest.approx([v / rate for v in centred])
        deviation = sqrt(rate * (1 - rate))
        assert grpo(rewards) == pytest.approx([v / deviation for v in centred], rel=1e-3)


def test_figures() -> None:
    assert dr_grpo([1, 0, 0, 1]) == [0.5, -0.5, -0.5, 0.5]
    assert grpo([1, 0, 0, 1]) == pytest.approx([0.9998, -0.9998, -0.9998, 0.9998])
    assert rloo([1, 0, 0]) == pytest.approx([1.0, -0.5, -0.5])
    assert maxrl([1, 0, 0, 0]) == pytest.approx([3.0, -1.0, -1.0, -1.0])


def test_maxrl_refuses_negative_rewards() -> None:
    with pytest.raises(ValueError, match="0 and more"):
        maxrl([-1, 1])


@given(
    st.lists(st.tuples(st.sampled_from([0.0, 1.0]), st.integers(0, 500)), min_size=1, max_size=9),
    st.floats(0.0, 0.99),
)
def test_shorter_thoughts_win_among_correct_ones_only(
    rollouts: list[tuple[float, int]], share: float
) -> None:
    rewards, lengths = zip(*rollouts, strict=True)
    found = shorter(rewards, lengths, share)
    assert all(value == 0 for reward, value in zip(rewards, found, strict=True) if reward == 0)
    correct = sorted(
        (n, value) for (reward, n), value in zip(rollouts, found, strict=True) if reward
    )
    assert all(1 - share <= value <= 1 for _, value in correct)
    values = [value for _, value in correct]
    assert values == sorted(values, reverse=True)


def test_shorter_by_hand() -> None:
    found = shorter([1, 1, 0], [10, 30, 5], 0.2)
    assert found == pytest.approx([1 - 0.2 / (1 + math.e), 1 - 0.2 / (1 + 1 / math.e), 0.0])
    assert shorter([1, 1], [7, 7], 0.2) == [0.9, 0.9]
    assert shorter([1, 0], [7, 9], 0.0) == [1.0, 0.0]
