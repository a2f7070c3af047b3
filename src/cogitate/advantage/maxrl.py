"""Reward minus the group's mean, divided by that mean (MaxRL, arXiv 2602.02710, section 4).

The weight 1 / mean turns the gradient of the pass rate into that of its logarithm: tasks that are
rarely solved count more.
"""

from collections.abc import Sequence

from cogitate.advantage.dr_grpo import dr_grpo


def maxrl(rewards: Sequence[float]) -> list[float]:
    """Return A_i = (r_i - mean(r)) / mean(r) for rewards of 0 and more.

    Example: maxrl([1, 0, 0, 0]) -> [3.0, -1.0, -1.0, -1.0]

    Raises:
        ValueError: a reward is negative.
    """
    if any(reward < 0 for reward in rewards):
        raise ValueError("maxrl needs rewards of 0 and more")
    mean = sum(rewards) / max(1, len(rewards))
    return [value / mean if value else 0.0 for value in dr_grpo(rewards)]
