"""Objectives: one pure function per file, from tensors to a tensor.

To add one: write `loss/name.py` with a function of `TokenBatch`, and one line here.
"""

from collections.abc import Callable

from torch import Tensor

from cogitate.loss.batch import TokenBatch
from cogitate.loss.cispo import cispo
from cogitate.loss.gspo import gspo
from cogitate.loss.ppo_clip import ppo_clip
from cogitate.loss.reinforce import reinforce

Objective = Callable[[TokenBatch], Tensor]

OBJECTIVES: dict[str, Objective] = {
    "cispo": cispo,
    "gspo": gspo,
    "ppo_clip": ppo_clip,
    "reinforce": reinforce,
}
"""Each returns the loss of every token [N]; the learner sums and normalises by tokens."""
OURS = frozenset(OBJECTIVES)
"""Those that every process has; a user's script may add others to its own."""

__all__ = ["OBJECTIVES", "OURS", "Objective", "TokenBatch"]
