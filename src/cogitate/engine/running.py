"""The running sequences, and arrays with what each step needs of them.

Most tokens change nothing but counts. A sequence is looked at when its token may change its state
or when its quiet steps are used up (`SequenceState.quiet`); until then its tokens wait in arrays,
and a step costs no Python for it.

A step launches work and chooses tokens on the model's device; the host learns them when it
collects. A second step may be launched before: its last tokens are read on the device.
"""

from collections import deque
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from cogitate.engine.sequence import SequenceState
from cogitate.engine.uniforms import Draws
from cogitate.hardware.transfer import Fetched, Mirror

Integers = NDArray[np.int64]

_WINDOW = 256
"""Most tokens of a sequence that wait."""
_INTEGERS = {"token": 0, "position": 0, "forced": -1, "top_k": 0, "source": -1}
_NUMBERS = {"temperature": 1.0, "top_p": 1.0, "min_p": 0.0, "uniform": 0.0}
"""What a row has that no sequence has."""


class Launch:
    """The tokens that one step chose."""

    __slots__ = ("fetched", "is_whole", "number", "source", "tokens")

    def __init__(self, number: int, source: Integers, tokens: Tensor, logprobs: Tensor):
        """Begin to copy them to the host; `source` is the place of each row's, or -1."""
        self.number, self.source, self.tokens = number, source, tokens
        self.is_whole = True
        """Whether each row still has the token of its own place."""
        self.fetched = Fetched(tokens, logprobs)


class Batch:
    """At most `capacity` sequences, one a row: rows 0 to n - 1, in the order of joining.

    Example: batch.join([sequence]); batch.draw(); batch.launch(tokens, logprobs);
    _, _, looked = batch.collect(); tokens, logprobs = batch.read(looked[0]); batch.rest(looked)
    """

    def __init__(
        self, capacity: int, watched: frozenset[int], vocab_size: int, device: torch.device
    ) -> None:
        """Create it without sequences; `watched` tokens are looked at."""
        self.ahead = False
        """Whether a step may begin before the tokens of the one before are known."""
        self.sequences: list[SequenceState] = []
        self.num_timed = self.num_probed = 0
        """Sequences with a deadline, and those whose thoughts are probed."""
        self._num_limited = 0
        """Sequences with top-k, top-p or min-p."""
        integers = np.zeros((len(_INTEGERS), capacity), np.int64)
        numbers = np.zeros((len(_NUMBERS), capacity), np.float32)
        self.token, self.position, self.forced, self.top_k, self.source = integers
        """Per row: the last token, if the host knows it; its position, the number of cached keys;
        the token that must come next, or -1; top-k; the place in the last launch of the last token,
        or -1."""
        self.temperature, self.top_p, self.min_p, self.uniform = numbers
        """Per row; `uniform` is the number that draws the next token."""
        self._mirror = Mirror(device, integers, numbers)
        names, there = (*_INTEGERS, *_NUMBERS), self._mirror.tensors
        self._there: dict[str, Tensor] = dict(zip(names, (*there[0], *there[1]), strict=True))
        """The same on the device."""
        self._views: dict[int, tuple[Tensor, Tensor, Tensor]] = {}
        """What `draws` returns."""
        self._watched = np.zeros(vocab_size, bool)
        self._watched[list(watched)] = True
        self._draws = Draws(capacity)
        self._tokens = np.zeros((capacity, _WINDOW), np.int64)
        self._logprobs = np.zeros((capacity, _WINDOW), np.float32)
        self._since, self._due = np.zeros((2, capacity), np.int64)
        """The launch of the first token that waits, and that whose token is looked at."""
        self._places = np.full(capacity, -1)
        """Of each row's token in the next launch; -1 without a sequence."""
        self._is_forced = False
        self._all_due = -1
        """The last launch in which all sequences were due, or -1."""
        self._is_awaited = np.zeros(capacity, bool)
        self._launches: deque[Launch] = deque()
        """Those that are not collected."""
        self._next = self._collected = 0
        """The number of the next launch, and of the next to collect."""
        self._rows = np.arange(capacity)
        for row in range(capacity):
            self._clear(row)

    @property
    def timed(self) -> Sequence[SequenceState]:
        """All sequences, if one of them has a deadline; else none."""
        return self.sequences if self.num_timed else ()

    def __len__(self) -> int:
        """Return the number of sequences."""
        return len(self.sequences)

    @property
    def is_under_way(self) -> bool:
        """Whether a launch is not collected."""
        return bool(self._launches)

    def must_collect(self) -> bool:
        """Return whether to collect before the next step begins.

        One launch may be under way if that step may be ahead of the host, and no sequence in it is
        awaited (`SequenceState.is_awaited`).
        """
        if not self._launches:
            return False
        num = len(self)
        if len(self._launches) > self.ahead:
            return True
        return bool((self._is_awaited[:num] & (self._launches[-1].source[:num] >= 0)).any())

    def wait(self) -> None:
        """Wait until the tokens that must be collected are here."""
        if self.must_collect():
            self._launches[0].fetched.arrays()

    def settle(self, sequence: SequenceState) -> None:
        """Append its tokens that wait to a sequence: none of them changes its state."""
        sequence.extend(*self.read(sequence))

    def join(self, sequences: Sequence[SequenceState]) -> None:
        """Add sequences, whose prompts are computed in this step."""
        for row, sequence in enumerate(sequences, len(self)):
            request, sequence.row = sequence.request, row
            self.sequences.append(sequence)
            self._count(sequence, 1)
            self.position[row] = sequence.length
            self.temperature[row], self.top_k[row] = request.temperature, request.top_k
            self.top_p[row], self.min_p[row] = request.top_p, request.min_p
            self._draws.begin(row)
            self._is_awaited[row] = sequence.is_awaited
            self._since[row] = self._next
            self._due[row] = self._next + min(sequence.quiet, _WINDOW - 2)
        self._changed()

    def last_tokens(self) -> Tensor:
        """Return the last token of each row on the device, [capacity]."""
        self.source[:] = self._launches[-1].source if self._launches else -1
        self._mirror.renew()
        token_B, source_B = self._there["token"], self._there["source"]
        if self._launches:
            chosen = self._launches[-1].tokens[source_B.clamp(min=0)]
            token_B.copy_(torch.where(source_B >= 0, chosen, token_B))
        return token_B

    @property
    def positions(self) -> Tensor:
        """The position of each row's last token on the device, [capacity]."""
        return self._there["position"]

    def limits(self, num: int) -> tuple[Tensor, ...] | None:
        """Return temperature, top-k, top-p and min-p of the first rows; None without limits."""
        if not self._num_limited:
            return None
        return tuple(self._there[name][:num] for name in ("temperature", "top_k", "top_p", "min_p"))

    def draws(self, num: int) -> tuple[Tensor, Tensor, Tensor]:
        """Return temperature, uniform number and forced token of the first rows."""
        if num not in self._views:
            whole = (self._there[name] for name in ("temperature", "uniform", "forced"))
            temperature, uniform, forced = (x[:num] for x in whole)
            self._views[num] = temperature, uniform, forced
        return self._views[num]

    def due(self) -> list[SequenceState]:
        """Return the sequences whose next token is looked at, whatever it is."""
        (rows,) = (self._due[: len(self)] <= self._next).nonzero()
        self._all_due = self._next if len(rows) == len(self) else -1
        return [self.sequences[row] for row in rows.tolist()]

    def decoded(self, num: int) -> None:
        """Record that the last tokens of the first `num` rows are in the cache."""
        self.position[:num] += 1

    def force(self, sequence: SequenceState, token: int | None) -> None:
        """Take a token in this step whatever the logits are; None samples."""
        self.forced[sequence.row] = -1 if token is None else token
        self._is_forced = True

    def renew(self) -> None:
        """Copy what the host knows of the rows to the device."""
        self._mirror.renew()

    def draw(self) -> None:
        """Set `uniform` to the next number of each row."""
        self.uniform[: len(self)] = self._draws.take(self.sequences)

    def launch(self, tokens_B: Tensor, logprobs_B: Tensor) -> None:
        """Take the tokens that this step chooses, one a row, still on the device."""
        self._launches.append(Launch(self._next, self._places.copy(), tokens_B, logprobs_B))
        if self._is_forced:
            self.forced[: len(self)] = -1
            self._is_forced = False
        self._next += 1

    def collect(self) -> tuple[Integers, Integers, list[SequenceState]]:
        """Take the tokens of the oldest launch.

        Returns the rows that have one, their tokens, and the sequences to look at now.
        """
        launch, num = self._launches.popleft(), len(self)
        tokens, logprobs = launch.fetched.arrays()
        rows, own, place = self._rows[:num], slice(num), launch.number % _WINDOW
        if not launch.is_whole:
            rows = own = np.flatnonzero(launch.source[:num] >= 0)
            tokens, logprobs = tokens[launch.source[rows]], logprobs[launch.source[rows]]
        self.token[own] = self._tokens[own, place] = tokens
        self._logprobs[own, place] = logprobs
        self._collected = launch.number + 1
        if self._all_due == launch.number and launch.is_whole:
            return rows, tokens, [*self.sequences]
        looks = self._watched[tokens] | (self._due[own] <= launch.number)
        return rows, tokens, [self.sequences[row] for row in rows[looks].tolist()]

    def read(self, sequence: SequenceState) -> tuple[list[int], list[float]]:
        """Return the tokens of a sequence that wait, with their log-probabilities, in order."""
        row, end = sequence.row, self._collected
        num = int(end - self._since[row])
        if num <= 0:
            return [], []
        self._since[row] = end
        return _last(self._tokens[row], end, num), _last(self._logprobs[row], end, num)

    def rest(self, sequences: Sequence[SequenceState]) -> None:
        """Look at sequences again once they may have changed."""
        for sequence in sequences:
            self._due[sequence.row] = self._collected + min(sequence.quiet, _WINDOW - 2)
            if self.ahead:
                self._is_awaited[sequence.row] = sequence.is_awaited
                if self._launches and sequence.is_led:
                    self._take_back(sequence.row)

    def leave(self, sequence: SequenceState) -> None:
        """Remove a sequence; the last row moves to its place."""
        row, last = sequence.row, self.sequences.pop()
        self._count(sequence, -1)
        end = len(self)
        if last is not sequence:
            self.sequences[row], last.row = last, row
            for array in (*self._vectors, self._tokens, self._logprobs):
                array[row] = array[end]
            self._draws.move(end, row)
        self._clear(end)
        self._changed()
        if not self.sequences:
            for launch in self._launches:
                launch.fetched.arrays()  # the device may not fall behind: see `Mirror`
            self._launches.clear()

    @property
    def _vectors(self) -> list[NDArray[np.generic]]:
        own = [getattr(self, name) for name in (*_INTEGERS, *_NUMBERS)]
        sources = [launch.source for launch in self._launches]
        return [*own, *sources, self._since, self._due, self._is_awaited]

    def _count(self, sequence: SequenceState, change: int) -> None:
        request = sequence.request
        is_limited = request.top_k > 0 or request.top_p < 1 or request.min_p > 0
        self.num_timed += change * (sequence.deadline is not None)
        self.num_probed += change * bool(request.budget.probe_every)
        self._num_limited += change * is_limited

    def _changed(self) -> None:
        """Note that other sequences are in the rows."""
        num = len(self)
        self._places[:num], self._places[num:] = self._rows[:num], -1
        for launch in self._launches:
            launch.is_whole = False

    def _clear(self, row: int) -> None:
        for name, value in (_INTEGERS | _NUMBERS).items():
            getattr(self, name)[row] = value
        for launch in self._launches:
            launch.source[row] = -1

    def _take_back(self, row: int) -> None:
        """Drop the token that was launched before the host knew the one before it."""
        (launch,) = self._launches
        launch.source[row], launch.is_whole = -1, False
        self.position[row] -= 1
        self._draws.give_back(row)
        self._since[row] = self._due[row] = self._next


def _last(ring: NDArray[Any], end: int, num: int) -> list[Any]:
    """Return the `num` values before place `end` of a ring, in order."""
    stop = end % len(ring)
    if num <= stop:
        return ring[stop - num : stop].tolist()
    return ring[stop - num :].tolist() + ring[:stop].tolist()
