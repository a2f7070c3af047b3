"""What an objective sees: the learned tokens of a batch, packed."""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenBatch:
    """The N tokens that carry a weight, of S sequences, without padding.

    Example: TokenBatch(logprobs=[-0.2, -1.1, -0.4], behaviour=[-0.2, -1.0, -0.4],
    advantages=[0.5, 0.5, -0.5], sequence=[0, 0, 1])
    """

    logprobs: Tensor
    """[N] of the policy that is learning; carries the gradient."""
    behaviour: Tensor
    """[N] of the policy that sampled; the same values, detached, where nothing sampled (SFT)."""
    advantages: Tensor
    """[N], one value a token."""
    sequence: Tensor
    """[N] int64: the sequence, 0 to S - 1, that each token belongs to."""
