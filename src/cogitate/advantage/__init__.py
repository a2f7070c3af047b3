"""Advantages: from the rewards of one group to the weight of each rollout.

    [1, 0, 0, 1] -> dr_grpo -> [0.5, -0.5, -0.5, 0.5]

Pure functions from floats to floats, one per file. A group whose rewards are all equal has no
signal and gives zeros. To add one, write its file and its line in `ADVANTAGES`. `shorter` changes
the rewards before.
"""

from collections.abc import Callable, Sequence

from cogitate.advantage.dr_grpo import dr_grpo
from cogitate.advantage.grpo import grpo
from cogitate.advantage.maxrl import maxrl
from cogitate.advantage.rloo import rloo
from cogitate.advantage.shorter import shorter

ADVANTAGES: dict[str, Callable[[Sequence[float]], list[float]]] = {
    "dr_grpo": dr_grpo,
    "grpo": grpo,
    "rloo": rloo,
    "maxrl": maxrl,
}

__all__ = ["ADVANTAGES", "dr_grpo", "grpo", "maxrl", "rloo", "shorter"]
