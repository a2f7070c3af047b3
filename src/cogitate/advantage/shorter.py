"""Less reward for longer thoughts, among correct rollouts only (arXiv 2502.04463, section 3)."""

from collections.abc import Sequence
from math import exp, sqrt


def shorter(rewards: Sequence[float], lengths: Sequence[int], share: float) -> list[float]:
    """Return r_i * (1 - share * sigmoid((length_i - mean) / std)).

    Mean and standard deviation are those of the lengths of the group's correct rollouts, those
    with a reward above 0. So a correct rollout never gets less than (1 - share) of its reward, and
    a wrong one gains nothing by being short. Correct rollouts of one length keep half of `share`.

    Example: shorter([1, 1, 0], [10, 30, 5], 0.2) -> [0.946, 0.854, 0.0]

    Args:
        rewards: of one group.
        lengths: of the thoughts, in tokens.
        share: from 0 to below 1.
    """
    known = [n for reward, n in zip(rewards, lengths, strict=True) if reward > 0]
    mean = sum(known) / max(1, len(known))
    deviation = sqrt(sum((n - mean) ** 2 for n in known) / max(1, len(known))) or 1.0
    return [
        reward * (1 - share / (1 + exp((mean - n) / deviation))) if reward > 0 else reward
        for reward, n in zip(rewards, lengths, strict=True)
    ]
