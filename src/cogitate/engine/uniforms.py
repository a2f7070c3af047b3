"""The uniform numbers of requests: one generator of numpy, set to each request's place in turn.

Making a generator for each costs four times as much, and keeps a thousand of them.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

DRAWN = 64
"""Numbers that are drawn at a time."""
_PER_BLOCK = 8
"""Numbers of a block of Philox4x64-10 (Salmon et al., SC 2011): 32 bits each, of which 24 count."""
_LOW = 2**64 - 1


class Uniforms:
    """Draws what `Generator(Philox(key=seed)).random(dtype=float32)` of numpy draws, in parts.

    Example: Uniforms().draw(seed, 64) -> the numbers 64 to 127 of that seed
    """

    def __init__(self) -> None:
        """Create the generator; its state does not matter."""
        self._philox = np.random.Philox(key=0)
        self._generator = np.random.Generator(self._philox)
        self._state: Any = {**self._philox.state, "buffer_pos": 4, "has_uint32": 0}
        """At the beginning of a block."""

    def draw(self, seed: int, first: int) -> NDArray[np.float32]:
        """Return `DRAWN` numbers in [0, 1) of a seed, after the first `first` ones.

        Args:
            seed: at least 0 and below 2^128.
            first: a multiple of `DRAWN`.
        """
        self._state["state"]["key"][:] = seed & _LOW, seed >> 64
        self._state["state"]["counter"][:] = first // _PER_BLOCK, 0, 0, 0
        self._philox.state = self._state
        return self._generator.random(DRAWN, dtype=np.float32)
