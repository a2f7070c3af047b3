"""Tokens that a thought may not contain: for experiments on what a model's revisions are worth."""

from collections.abc import Sequence

import torch
from torch import Tensor


class Ban:
    """Keeps tokens out of a thought.

    Example: Ban((3270, 902)).restrict(logits_V)
    """

    def __init__(self, tokens: Sequence[int]) -> None:
        """Ban these tokens."""
        self._tokens = torch.tensor(tokens)

    def restrict(self, logits_V: Tensor) -> None:
        """Set the logits [V] of the banned tokens to -inf."""
        logits_V[self._tokens.to(logits_V.device)] = -torch.inf

    def push(self, token: int) -> None:
        """Do nothing: what is banned does not depend on what was written."""
