"""The engine: `submit`, `step -> events`, `cancel`. Training, asking and serving all sit on it.

A step decodes one token for every running row, prefills what has been submitted since (each
distinct prompt once), samples, and lets finished rows leave: continuous batching.
"""

import time
from collections import deque
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor

from cogitate.errors import UsageError
from cogitate.models.decoder import Decoder
from cogitate.rollout.cache import Cache, Decode, Prefill
from cogitate.rollout.sampling import restrict, sample
from cogitate.rollout.thinking import Markers, Phase, ThinkingMachine
from cogitate.types import End, Event, Request, Rollout


class Row:
    """One running request: its machine, its random numbers and where it stands in the cache."""

    __slots__ = ("length", "logprobs", "machine", "request", "request_id", "started", "token",
                 "uniforms")  # fmt: skip

    def __init__(self, request_id: int, request: Request, machine: ThinkingMachine, started: float):
        """Stand before the prompt: nothing is in the cache yet."""
        self.request_id, self.request, self.machine = request_id, request, machine
        self.started = started
        self.length = len(request.prompt)
        self.token = request.prompt[-1]
        self.logprobs: list[float] = []
        self.uniforms = uniforms(request.seed)

    def rollout(self, version: int) -> Rollout:
        """Return what came of the request."""
        machine = self.machine
        return Rollout(
            request=self.request,
            thought=tuple(machine.thought),
            answer=tuple(machine.answer),
            logprobs=tuple(self.logprobs),
            sampled=tuple(machine.sampled),
            thought_end=machine.thought_end,
            end=machine.end,
            version=version,
            seconds=time.monotonic() - self.started,
        )


class Engine:
    """Rolls requests out on one decoder, as many rows at a time as it was given.

    Example: engine = Engine(decoder, Markers(ends=frozenset({2})), rows=8);
    engine.submit(Request(prompt=(1, 5))); then `step` until `idle`.
    """

    def __init__(
        self, decoder: Decoder, markers: Markers, *, rows: int = 64, exact: bool = False
    ) -> None:
        """Sample with `decoder`'s own weights.

        `exact` makes a request's tokens independent of what else is in the batch, to the bit:
        it needs fp32, pads every step to `rows` rows and attends in fixed tiles.
        """
        weight = decoder.embedding.weight
        if exact and weight.dtype != torch.float32:
            raise UsageError("the exact mode needs fp32 weights: load the model with dtype fp32")
        self.version = 0
        self._decoder, self._markers, self._exact = decoder, markers, exact
        self._device = weight.device
        self._capacity = rows
        self._cache = Cache(decoder.arch, rows, weight.dtype, weight.device)
        self._pending: deque[Row] = deque()
        self._rows: list[Row] = []
        self._next_id = 0

    @property
    def idle(self) -> bool:
        """Nothing runs and nothing waits."""
        return not self._rows and not self._pending

    def submit(self, request: Request) -> int:
        """Queue a request and return its id; it starts in the next step if a row is free."""
        room = self._decoder.arch.context - len(request.prompt)
        if not request.prompt:
            raise UsageError("a prompt needs at least one token")
        if room < len(self._markers.close) + 2:
            raise UsageError(
                f"the prompt has {len(request.prompt)} tokens; with a thought and an answer the "
                f"model's context of {self._decoder.arch.context} is too short: shorten the prompt"
            )
        if request.budget.deadline_s is not None:
            raise UsageError("the engine has no deadlines yet: leave Budget.deadline_s unset")
        machine = ThinkingMachine(request.prompt, request.budget, self._markers, room)
        row = Row(self._next_id, request, machine, time.monotonic())
        self._next_id += 1
        self._pending.append(row)
        return row.request_id

    def cancel(self, request_id: int) -> Rollout | None:
        """End a request now and return what it has; None if it is not running or waiting."""
        for row in list(self._pending):
            if row.request_id == request_id:
                self._pending.remove(row)
                row.machine.stop(End.CANCELLED)
                return row.rollout(self.version)
        for place, row in enumerate(self._rows):
            if row.request_id == request_id:
                row.machine.stop(End.CANCELLED)
                self._leave(place)
                return row.rollout(self.version)
        return None

    @torch.inference_mode()
    def step(self) -> list[Event]:
        """Give every running row one token, newly admitted rows included."""
        decoded_BD = self._decode()
        started_BD = self._admit()
        if not self._rows:
            return []
        tokens, logprobs = self._choose(torch.cat([decoded_BD, started_BD]))
        events = [
            self._push(row, token, logprob)
            for row, token, logprob in zip(self._rows, tokens, logprobs, strict=True)
        ]
        for place in reversed(range(len(self._rows))):
            if self._rows[place].machine.phase is Phase.DONE:
                self._leave(place)
        return events

    def load_weights(self, weights: Decoder, version: int) -> None:
        """Sample from `weights` from the next step on (rows in flight keep their cache)."""
        self._decoder, self.version = weights, version

    def _decode(self) -> Tensor:
        rows = self._rows
        width = self._decoder.arch.width
        if not rows:
            return torch.empty(0, width, dtype=self._cache.keys.dtype, device=self._device)
        padding = self._capacity - len(rows) if self._exact else 0
        lengths = self._tensor([row.length for row in rows] + [0] * padding)
        tokens = self._tensor([row.token for row in rows] + [0] * padding)
        self._cache.fit(max(row.length for row in rows) + 1)
        attention = Decode(self._cache, lengths, exact=self._exact)
        hidden = self._decoder(tokens, lengths, attention)[: len(rows)]
        for row in rows:
            row.length += 1
        return hidden

    def _admit(self) -> Tensor:
        """Prefill what waits, each distinct prompt once; return its rows' hidden states."""
        free = self._capacity - len(self._rows)
        groups: dict[tuple[int, ...], list[Row]] = {}
        for _ in range(min(free, len(self._pending))):
            row = self._pending.popleft()
            groups.setdefault(row.request.prompt, []).append(row)
        batches = [[prompt] for prompt in groups] if self._exact else [list(groups)]
        hidden = [self._prefill(batch, groups) for batch in batches if batch]
        if not hidden:
            width = self._decoder.arch.width
            return torch.empty(0, width, dtype=self._cache.keys.dtype, device=self._device)
        return torch.cat(hidden)

    def _prefill(self, prompts: list[tuple[int, ...]], groups: dict[tuple[int, ...], list[Row]]):
        places: list[list[int]] = []
        for prompt in prompts:
            first = len(self._rows)
            self._rows += groups[prompt]
            places.append(list(range(first, len(self._rows))))
        lengths = [len(prompt) for prompt in prompts]
        self._cache.fit(max(row.length for row in self._rows))
        attention = Prefill(self._cache, lengths, places)
        tokens = self._tensor([token for prompt in prompts for token in prompt])
        positions = self._tensor([i for n in lengths for i in range(n)])
        hidden_ND = self._decoder(tokens, positions, attention)
        ends = self._tensor(lengths).cumsum(0) - 1
        for rows, length in zip(places, lengths, strict=True):
            for row in rows:
                self._cache.open(row, length)
        return hidden_ND[ends.repeat_interleave(self._tensor([len(rows) for rows in places]))]

    def _choose(self, hidden_BD: Tensor) -> tuple[list[int], list[float]]:
        rows = self._rows
        if self._exact:
            padding = hidden_BD.new_zeros(self._capacity - len(rows), hidden_BD.shape[1])
            hidden_BD = torch.cat([hidden_BD, padding])
        logits_BV = self._decoder.logits(hidden_BD)
        spare = len(hidden_BD) - len(rows)
        requests = [row.request for row in rows]
        if any(r.top_k or r.top_p < 1 or r.min_p > 0 for r in requests):
            logits_BV = restrict(
                logits_BV,
                self._tensor([r.top_k for r in requests] + [0] * spare),
                self._reals([r.top_p for r in requests] + [1.0] * spare),
                self._reals([r.min_p for r in requests] + [0.0] * spare),
            )
        temperatures = self._reals([r.temperature for r in requests] + [1.0] * spare)
        uniforms = self._reals([next(row.uniforms) for row in rows] + [0.0] * spare)
        may_replace = any(request.budget.least for request in requests)
        again_BV = logits_BV.clone() if may_replace else logits_BV  # sampling overwrites its logits

        def draw(logits_BV: Tensor, forced: list[int | None]) -> tuple[list[int], list[float]]:
            given = self._tensor([-1 if f is None else f for f in forced] + [-1] * spare)
            tokens, logprobs = sample(logits_BV, temperatures, uniforms, given)
            return tokens[: len(rows)].tolist(), logprobs[: len(rows)].tolist()

        tokens, logprobs = draw(logits_BV, [row.machine.forced for row in rows])
        if not may_replace:
            return tokens, logprobs
        drawn = zip(rows, tokens, strict=True)
        return draw(again_BV, [row.machine.allowed(token) for row, token in drawn])

    def _push(self, row: Row, token: int, logprob: float) -> Event:
        row.token = token
        row.logprobs.append(logprob)
        row.machine.push(token)
        done = row.machine.phase is Phase.DONE
        rollout = row.rollout(self.version) if done else None
        return Event(request_id=row.request_id, token=token, rollout=rollout)

    def _leave(self, place: int) -> None:
        last = self._rows.pop()
        if place < len(self._rows):
            self._rows[place] = last
            self._cache.move(len(self._rows), place, last.length)

    def _tensor(self, values: list[int]) -> Tensor:
        return torch.tensor(values, device=self._device)

    def _reals(self, values: list[float]) -> Tensor:
        return torch.tensor(values, dtype=torch.float32, device=self._device)


def uniforms(seed: int) -> Iterator[float]:
    """Yield the request's own random numbers in [0, 1), one a token, by Philox (SC'11)."""
    generator = np.random.Generator(np.random.Philox(key=seed))
    while True:
        yield from generator.random(64, dtype=np.float32).tolist()
