"""The running sequences, and arrays with what each step needs of them.

Most tokens change nothing but counts. A sequence is looked at when its token may change its state,
or when its quiet steps are used up (`SequenceState.quiet`, drawn numbers); until then its tokens
wait in the arrays, and a step costs no Python for it.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cogitate.engine.sequence import SequenceState
from cogitate.engine.uniforms import DRAWN, uniforms

_WINDOW = DRAWN
"""Most tokens of a sequence that wait."""
_IDLE = {"token": 0, "position": 0, "forced": -1, "top_k": 0,
         "temperature": 1.0, "top_p": 1.0, "min_p": 0.0, "uniform": 0.0}  # fmt: skip
"""Values of a row that no sequence has."""


class Batch:
    """At most `capacity` sequences, one a row: rows 0 to n - 1, in the order of joining.

    Example: batch.join([sequence]); rows = batch.take(tokens, logprobs);
    tokens, logprobs = batch.read(rows[0]); batch.rest(rows[0]) or batch.leave(rows[0])
    """

    def __init__(self, capacity: int, watched: frozenset[int], vocab_size: int) -> None:
        """Create it without sequences; `watched` tokens are looked at."""
        self.sequences: list[SequenceState] = []
        self.token, self.position, self.forced, self.top_k = np.zeros((4, capacity), np.int64)
        """Per row: the last token; its position, the number of cached keys; the token that must
        come next, or -1; top-k."""
        self.temperature, self.top_p, self.min_p, self.uniform = np.zeros((4, capacity), np.float32)
        """Per row; `uniform` is the number that draws the next token."""
        self._watched = np.zeros(vocab_size, bool)
        self._watched[list(watched)] = True
        self._numbers = np.zeros((capacity, DRAWN), np.float32)
        self._num_used = np.zeros(capacity, np.int64)
        self._tokens = np.zeros((capacity, _WINDOW), np.int64)
        self._logprobs = np.zeros((capacity, _WINDOW), np.float32)
        self._since, self._due = np.zeros((2, capacity), np.int64)
        """The step of the first token that waits, and the step in which to look."""
        self._now = 0
        self._rows = np.arange(capacity)
        for row in range(capacity):
            self._clear(row)

    def __len__(self) -> int:
        """Return the number of sequences."""
        return len(self.sequences)

    def join(self, sequences: Sequence[SequenceState]) -> None:
        """Add sequences, whose prompts are computed in this step."""
        first = len(self)
        for row, sequence in enumerate(sequences, first):
            request, sequence.row = sequence.request, row
            self.sequences.append(sequence)
            self.position[row] = sequence.length
            self.temperature[row], self.top_k[row] = request.temperature, request.top_k
            self.top_p[row], self.min_p[row] = request.top_p, request.min_p
            self._since[row] = self._due[row] = self._now
        self._draw(range(first, len(self)))

    def due(self) -> list[SequenceState]:
        """Return the sequences that are looked at in this step, whatever their tokens are."""
        rows = np.flatnonzero(self._due[: len(self)] <= self._now)
        return [self.sequences[row] for row in rows.tolist()]

    def decoded(self, num: int) -> None:
        """Record that the last tokens of the first `num` rows are in the cache."""
        self.position[:num] += 1

    def force(self, sequence: SequenceState, token: int | None) -> None:
        """Take a token in this step whatever the logits are; None samples."""
        self.forced[sequence.row] = -1 if token is None else token

    def draw(self) -> None:
        """Set `uniform` to the next number of each row."""
        rows = self._rows[: len(self)]
        self.uniform[rows] = self._numbers[rows, self._num_used[rows]]

    def take(
        self, tokens: NDArray[np.int64], logprobs: NDArray[np.float32]
    ) -> list[SequenceState]:
        """Store the next token of each row; return the sequences to look at now."""
        num, place = len(self), self._now % _WINDOW
        self.token[:num] = self._tokens[:num, place] = tokens
        self._logprobs[:num, place] = logprobs
        self._num_used[:num] += 1
        self.forced[:num] = -1
        looks = self._watched[tokens] | (self._due[:num] <= self._now)
        self._now += 1
        return [self.sequences[row] for row in np.flatnonzero(looks).tolist()]

    def read(self, sequence: SequenceState) -> tuple[list[int], list[float]]:
        """Return the tokens of a sequence that wait, with their log-probabilities, in order."""
        row = sequence.row
        places = np.arange(self._since[row], self._now) % _WINDOW
        self._since[row] = self._now
        return self._tokens[row, places].tolist(), self._logprobs[row, places].tolist()

    def rest(self, sequences: Sequence[SequenceState]) -> None:
        """Look at sequences again once they may have changed."""
        self._draw([s.row for s in sequences if self._num_used[s.row] == DRAWN])
        for sequence in sequences:
            row = sequence.row
            most = DRAWN - 1 - self._num_used[row]
            self._due[row] = self._now + min(sequence.quiet, most)

    def leave(self, sequence: SequenceState) -> None:
        """Remove a sequence; the last row moves to its place."""
        row, last = sequence.row, self.sequences.pop()
        end = len(self)
        if last is not sequence:
            self.sequences[row], last.row = last, row
            for array in (*self._vectors, self._numbers, self._tokens, self._logprobs):
                array[row] = array[end]
        self._clear(end)

    @property
    def _vectors(self) -> list[NDArray[np.generic]]:
        own = [getattr(self, name) for name in _IDLE]
        return [*own, self._num_used, self._since, self._due]

    def _clear(self, row: int) -> None:
        for name, value in _IDLE.items():
            getattr(self, name)[row] = value

    def _draw(self, rows: Sequence[int]) -> None:
        """Draw the next numbers of some rows."""
        if not rows:
            return
        sequences = [self.sequences[row] for row in rows]
        firsts = [sequence.num_drawn for sequence in sequences]
        self._numbers[rows] = uniforms([s.request.seed for s in sequences], firsts)
        self._num_used[rows] = 0
        for sequence in sequences:
            sequence.num_drawn += DRAWN
