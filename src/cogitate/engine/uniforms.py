"""The uniform numbers of requests: one generator of numpy, set to each request's place in turn.

Making a generator for each costs four times as much, and keeps a thousand of them.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cogitate.engine.sequence import SequenceState

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


class Draws:
    """The next numbers of sequences, one a row.

    Example: draws.begin(0); draws.take([sequence]) -> its next number
    """

    def __init__(self, capacity: int) -> None:
        """Create it for rows 0 to `capacity` - 1."""
        self._uniforms = Uniforms()
        self._numbers = np.zeros((capacity, DRAWN), np.float32)
        self._num_used = np.zeros(capacity, np.int64)
        self._rows = np.arange(capacity)
        self._steps_left = 0
        """Steps for which all rows have numbers."""

    def begin(self, row: int) -> None:
        """Note that another sequence is in a row."""
        self._num_used[row], self._steps_left = DRAWN, 0

    def move(self, source: int, target: int) -> None:
        """Note that a sequence has moved to another row."""
        self._numbers[target] = self._numbers[source]
        self._num_used[target] = self._num_used[source]

    def give_back(self, row: int) -> None:
        """Let the last number of a row come again."""
        self._num_used[row] -= 1

    def take(self, sequences: Sequence[SequenceState]) -> NDArray[np.float32]:
        """Return the next number of each sequence, which are in the first rows."""
        num = len(sequences)
        used = self._num_used[:num]
        if not self._steps_left:
            for row in np.flatnonzero(used == DRAWN).tolist():
                sequence = sequences[row]
                self._numbers[row] = self._uniforms.draw(sequence.request.seed, sequence.num_drawn)
                sequence.num_drawn += DRAWN
                used[row] = 0
            self._steps_left = DRAWN - int(used.max(initial=0))
        found = self._numbers[self._rows[:num], used]
        used += 1
        self._steps_left -= 1
        return found
