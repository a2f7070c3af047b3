"""The number of concurrent rollouts that fit into memory."""

from cogitate.hardware import Machine
from cogitate.models.architecture import Architecture
from cogitate.types import Budget

MAX_ROWS = 128
"""Largest number of concurrent rollouts: more rows gain little on a few cores."""
GPU_ROWS = 1024
"""The same on a GPU."""
_PROMPT_TOKENS = 512
"""Assumed length of a prompt."""


def cache_rows(
    arch: Architecture, budget: Budget, machine: Machine, max_rows: int | None = None
) -> int:
    """Return the number of rollouts that fit under the memory limit, at most `max_rows`.

    By default that is what the device gains from.

    Half of the limit is for keys and values, which are held twice while the cache grows.
    """
    if max_rows is None:
        max_rows = MAX_ROWS if machine.device == "cpu" else GPU_ROWS
    limits = (budget.think, budget.answer, _PROMPT_TOKENS)
    num_tokens = min(arch.context, sum(arch.context if n is None else n for n in limits))
    a_token = 2 * arch.num_layers * arch.num_kv_heads * arch.head_width * machine.width
    return max(1, min(max_rows, int(machine.memory_gb * 1e9 / 4 / (a_token * num_tokens))))
