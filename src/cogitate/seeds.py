"""Every random choice of a run derives from its seed and its place in the run.

There is no shared generator, and so no random state to save: a step that is repeated after a
resume draws the same numbers.
"""

import hashlib


def derive(seed: int, *place: str | int) -> int:
    """Return a seed below 2^63 for one place of the run.

    Example: derive(0, "rl", step, refill_round, group, row)
    """
    text = "/".join(str(part) for part in (seed, *place))
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big") >> 1


def first_index(seed: int, phase: str) -> int:
    """Return the index of a family's task at which a phase of a run starts."""
    return derive(seed, "first index", phase) % 2**30
