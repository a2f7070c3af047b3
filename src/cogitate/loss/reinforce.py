"""REINFORCE: on-policy policy gradient without ratio or clip; with advantage 1 it is SFT."""

from torch import Tensor

from cogitate.loss.batch import TokenBatch


def reinforce(batch: TokenBatch) -> Tensor:
    """Return -A * log p for each token [N] (Williams 1992; arXiv 2402.14740, section 3)."""
    return -batch.advantages * batch.logprobs
