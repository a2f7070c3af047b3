"""Reward less the group's mean: no division by the deviation (Dr. GRPO, arXiv 2503.20783, 3.2)."""

from collections.abc import Sequence


def dr_grpo(rewards: Sequence[float]) -> list[float]:
    """Return A_i = r_i - mean(r).

    Example: dr_grpo([1, 0, 0, 1]) -> [0.5, -0.5, -0.5, 0.5]
    """
    mean = sum(rewards) / max(1, len(rewards))
    # By comparison: the mean of equal floats need not be that float, and no signal has to be 0.
    if all(reward == rewards[0] for reward in rewards):
        return [0.0] * len(rewards)
    return [reward - mean for reward in rewards]
