"""GSPO: one importance ratio per sequence, the geometric mean of its tokens' ratios."""

import torch
from torch import Tensor

from cogitate.loss.batch import TokenBatch

LOW, HIGH = 3e-4, 4e-4
"""The paper's clipping bounds (arXiv 2507.18071, section 5.1)."""


def gspo(batch: TokenBatch) -> Tensor:
    """Return -min(s A, clip(s) A) for each token [N] (arXiv 2507.18071, equation 5).

    Every token of a sequence has the sequence's term, so that a sum over tokens weights
    sequences by their length, as token-level normalisation does.
    """
    difference = batch.logprobs - batch.behaviour
    zeros = torch.zeros_like(difference)  # for as many sequences as there are tokens: no wait
    lengths = zeros.index_add(0, batch.sequence, torch.ones_like(difference)).clamp(min=1)
    ratio = (zeros.index_add(0, batch.sequence, difference) / lengths).exp()[batch.sequence]
    clipped = ratio.clamp(1 - LOW, 1 + HIGH)
    return -(ratio * batch.advantages).minimum(clipped * batch.advantages)
