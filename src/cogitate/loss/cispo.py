"""CISPO: the importance weight is clipped and detached, so that no token loses its gradient."""

from torch import Tensor

from cogitate.loss.batch import TokenBatch

HIGH = 5.0
"""Upper bound of the importance weight; there is no lower bound, as in the paper."""


def cispo(batch: TokenBatch) -> Tensor:
    """Return -sg(min(r, HIGH)) A log p for each token [N] (arXiv 2506.13585, equation 4)."""
    ratio = (batch.logprobs.detach() - batch.behaviour).exp().clamp(max=HIGH)
    return -ratio * batch.advantages * batch.logprobs
