"""Reward minus the group's mean, divided by its deviation (GRPO, arXiv 2402.03300, 4.1.1)."""

from collections.abc import Sequence
from math import sqrt

from cogitate.advantage.dr_grpo import dr_grpo

EPSILON = 1e-4
"""Keeps the quotient finite; the paper has none."""


def grpo(rewards: Sequence[float]) -> list[float]:
    """Return A_i = (r_i - mean(r)) / (std(r) + 1e-4), with the population deviation.

    Example: grpo([1, 0, 0, 1]) -> [0.9998, -0.9998, -0.9998, 0.9998]
    """
    centred = dr_grpo(rewards)
    deviation = sqrt(sum(value * value for value in centred) / max(1, len(centred)))
    return [value / (deviation + EPSILON) for value in centred]
