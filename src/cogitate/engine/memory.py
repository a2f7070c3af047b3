"""The number of concurrent rollouts that fit into memory."""

from cogitate.engine.kv_cache import LEAST_COLUMNS, bucket
from cogitate.hardware import Machine
from cogitate.models.architecture import Architecture
from cogitate.types import Budget

MAX_ROWS = 128
"""Largest number of concurrent rollouts: more rows gain little on a few cores."""
GPU_ROWS = 1024
"""The same on a GPU."""
CACHE_SHARE = 0.25
"""Share of the memory limit for keys and values, which are held twice while the cache grows."""
_PROMPT_TOKENS = 512
"""Assumed length of a prompt."""


def cache_rows(
    arch: Architecture,
    budget: Budget,
    machine: Machine,
    max_rows: int | None = None,
    width: int | None = None,
) -> int:
    """Return the number of rollouts that fit under the memory limit, at most `max_rows`.

    By default that is what the device gains from. `width` is the bytes of a number of the cache, by
    default those of the machine's dtype.
    """
    on_cpu = machine.device == "cpu"
    if max_rows is None:
        max_rows = MAX_ROWS if on_cpu else GPU_ROWS
    limits = (budget.think, budget.answer, _PROMPT_TOKENS)
    num_tokens = min(arch.context, sum(arch.context if n is None else n for n in limits))
    num_columns = num_tokens if on_cpu else bucket(num_tokens, LEAST_COLUMNS)
    a_column = 2 * arch.num_layers * arch.num_kv_heads * arch.head_width * (width or machine.width)
    limit = CACHE_SHARE * machine.memory_gb * 1e9
    return max(1, min(max_rows, int(limit / (a_column * num_columns))))
