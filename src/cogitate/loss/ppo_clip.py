"""PPO's clipped surrogate, with a higher upper bound."""

from torch import Tensor

from cogitate.loss.batch import TokenBatch

LOW, HIGH = 0.2, 0.28
"""DAPO's bounds (arXiv 2503.14476, section 3.1, "clip-higher")."""


def ppo_clip(batch: TokenBatch) -> Tensor:
    """Return -min(r A, clip(r) A) for each token [N] (arXiv 1707.06347, equation 7)."""
    ratio = (batch.logprobs - batch.behaviour).exp()
    clipped = ratio.clamp(1 - LOW, 1 + HIGH)
    return -(ratio * batch.advantages).minimum(clipped * batch.advantages)
