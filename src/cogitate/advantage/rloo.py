"""Reward minus the mean of the group's others (REINFORCE leave-one-out, arXiv 2402.14740)."""

from collections.abc import Sequence

from cogitate.advantage.dr_grpo import dr_grpo


def rloo(rewards: Sequence[float]) -> list[float]:
    """Return A_i = r_i - mean of r_j over j != i, which is n / (n - 1) times dr_grpo's.

    A group of one has no others and gives 0.

    Example: rloo([1, 0, 0]) -> [1.0, -0.5, -0.5]
    """
    num = len(rewards)
    return [value * num / (num - 1) for value in dr_grpo(rewards)] if num > 1 else [0.0] * num
