"""Reward minus the group's mean, not divided by the deviation (Dr. GRPO, arXiv 2503.20783, 3.2)."""

from collections.abc import Sequence


def dr_grpo(rewards: Sequence[float]) -> list[float]:
    """Return A_i = r_i - mean(r).

    Example: dr_grpo([1, 0, 0, 1]) -> [0.5, -0.5, -0.5, 0.5]
    """
    mean = sum(rewards) / max(1, len(rewards))
    # The mean of equal floats may differ from them by rounding; their advantage must be 0.
    if all(reward == rewards[0] for reward in rewards):
        return [0.0] * len(rewards)
    return [reward - mean for reward in rewards]
