"""The input of an objective: the learned tokens of a batch, packed."""

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenBatch:
    """The N tokens with a nonzero weight, of S sequences, without padding.

    Example: TokenBatch(logprobs=[-0.2, -1.1, -0.4], behaviour=[-0.2, -1.0, -0.4],
    advantages=[0.5, 0.5, -0.5], sequence=[0, 0, 1])
    """

    logprobs: Tensor
    """[N] log-probabilities of the policy that learns, with gradient, in nats."""
    behaviour: Tensor
    """[N] those of the policy that sampled; the values of `logprobs`, detached, in SFT."""
    advantages: Tensor
    """[N], one value per token."""
    sequence: Tensor
    """[N] int64: the sequence, 0 to S - 1, of each token."""
