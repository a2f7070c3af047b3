"""The engine: `submit`, `step -> events`, `cancel`. Training, asking and serving all sit on it.

A step decodes one token for every running row, prefills what has been submitted since (each
distinct prompt once, a long one in chunks), samples, and lets finished rows leave: continuous
batching. A deadline is kept by telling a row's machine, before each token, for how many more there
is time at the row's own measured pace (see `admission`).
"""

import time
from collections.abc import Callable, Sequence
from functools import partial

import torch
from torch import Tensor

from cogitate.engine.admission import Admission
from cogitate.engine.kv_cache import Cache
from cogitate.engine.prefix_cache import LEAST, Prefixes
from cogitate.engine.probing import Probing
from cogitate.engine.sampling import choose
from cogitate.engine.scheduler import Group, Scheduler
from cogitate.engine.segments import (
    PrefillChunk,
    Prompts,
    Running,
    Segment,
    compute,
    num_prompt_tokens,
)
from cogitate.engine.sequence import SequenceState, context_left
from cogitate.errors import UsageError
from cogitate.models.decoder import Decoder
from cogitate.models.weights import load
from cogitate.thinking.machine import Markers, Phase
from cogitate.types import USUAL_ANSWER, Budget, End, Event, Request, Rollout, Speed, Weights

_WARM_TOKENS, _WARM_PROMPTS = 8, (1, 16, 64, 64, 64, 256)
_KEPT_TOKENS = 8192
"""Of conversations that may go on."""


class Engine:
    """Rolls requests out on one decoder, as many rows at a time as it was given.

    Example: engine = Engine(decoder, Markers(ends=frozenset({2})), rows=8);
    engine.submit(Request(prompt=(1, 5))); then `step` until `idle`.
    """

    def __init__(
        self,
        decoder: Decoder,
        markers: Markers,
        *,
        rows: int = 64,
        exact: bool = False,
        chunk: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Sample with `decoder`'s own weights.

        `exact` makes a request's tokens independent of what else is in the batch, to the bit:
        it needs fp32, pads every step to `rows` rows and attends in fixed tiles. `chunk` bounds
        the tokens of whole prompts that one step takes in, and those of a longer one, so that no
        prompt stalls the others.
        """
        weight = decoder.embedding.weight
        if exact and weight.dtype != torch.float32:
            raise UsageError("the exact mode needs fp32 weights: load the model with dtype fp32")
        self.version = 0
        self._decoder, self._markers, self._exact = decoder, markers, exact
        self._device = weight.device
        self._capacity = rows
        self._cache = Cache(decoder.arch, rows, weight.dtype, weight.device, exact=exact)
        self._clock = clock
        self._chunk = chunk
        self._prefixes = Prefixes(0 if chunk is None else _KEPT_TOKENS)
        self._scheduler = Scheduler(chunk, self._prefixes)
        self._admission = Admission(
            self._scheduler, len(markers.close), clock, capacity=rows, chunk=chunk
        )
        self._probing = Probing(markers.close, decoder.arch.context)
        self._rows: list[SequenceState] = []
        self._next_id = 0

    @property
    def idle(self) -> bool:
        """Nothing runs and nothing waits."""
        return not self._rows and not len(self._scheduler)

    def submit(self, request: Request) -> int:
        """Queue a request and return its id; it starts in the next step if a row is free.

        Raises:
            UsageError: the prompt is empty or leaves no room for an answer, or the schema of the
                answer cannot be followed.
            OverloadedError: its deadline cannot be met with what runs and waits already.
        """
        return self.submit_all([request])[0]

    def submit_all(self, requests: Sequence[Request], arrived: float | None = None) -> list[int]:
        """Queue requests that stand or fall together; see `submit`.

        Args:
            requests: of one client.
            arrived: when they came, by the engine's clock; unset, now.
        """
        arrived = self._clock() if arrived is None else arrived
        context = self._decoder.arch.context
        left = [context_left(r, self._markers, context, exact=self._exact) for r in requests]
        if len(self._rows) + len(self._scheduler) + len(requests) > self._capacity:
            self._drop(self._probing.of())
        measure = partial(self._measure, 1, 1)
        self._admission.need_time(requests, self._rows, arrived, measure)
        if self.idle:
            self._admission.begin()
        ids = range(self._next_id, self._next_id + len(requests))
        made = zip(ids, requests, left, strict=True)
        rows = [
            SequenceState(number, request, self._markers, n, arrived) for number, request, n in made
        ]
        self._next_id = ids.stop
        for row in rows:
            self._scheduler.add(row)
        return list(ids)

    @torch.inference_mode()
    def cancel(self, request_id: int, end: End = End.CANCELLED) -> Rollout | None:
        """End a request now and return what it has; None if it is not running or waiting.

        `end` is what its rollout shall say: of an answer that is whole already, done.
        """
        found = self._scheduler.remove(lambda row: row.request_id == request_id)
        for place, row in enumerate(self._rows):
            if row.request_id == request_id:
                found = [row]
                self._leave(place)
                break
        if not found:
            return None
        self._drop(self._probing.of(request_id))
        found[0].machine.stop(end)
        return found[0].rollout(self.version, self._clock())

    @torch.inference_mode()
    def step(self) -> list[Event]:
        """Give every running row one token, newly admitted rows included."""
        start, num_running = self._clock(), len(self._rows)
        events = self._expire(start)
        segments = self._segments(start)
        if not segments:
            return events
        hidden_BD = self._compute(segments)
        self._admission.limit(self._rows, self._clock())
        chosen = self._choose(hidden_BD) if self._rows else ([], [])
        now = self._clock()
        self._admission.saw_step(num_running, *num_prompt_tokens(segments), start, now)
        return self._collect(events, chosen, now)

    def warm(self, answer: int = USUAL_ANSWER, usual: Sequence[Request] = ()) -> None:
        """Run prompts of several lengths, and a few tokens at each load.

        So the first deadline is judged by measured speed, and by answers as long as those of
        `usual`, which are asked then; without any, by `answer` tokens until some were seen.
        """
        lengths = [n for n in _WARM_PROMPTS if n < self._decoder.arch.context // 2]
        loads = [2**n for n in range(self._capacity.bit_length())]
        for length, num in [(n, 1) for n in lengths] + [(1, n) for n in loads]:
            self._measure(length, num)
        for request in usual:
            self.submit(request)
        whole = [rollout for rollout in self._finish() if rollout.end is End.DONE]
        self._admission.latency.forget_answers(answer, [len(rollout.answer) for rollout in whole])
        self._prefixes.clear()

    def _measure(self, length: int, num: int) -> None:
        """Run prompts of one length, and a few tokens behind them."""
        for seed in range(num):
            budget = Budget(answer=_WARM_TOKENS)
            self.submit(Request(prompt=(seed % 2,) * length, budget=budget, seed=seed))
        self._finish()

    def _finish(self) -> list[Rollout]:
        """Go on until nothing is left to do."""
        ended: list[Rollout] = []
        while not self.idle:
            ended += [event.rollout for event in self.step() if event.rollout is not None]
        return ended

    def speed(self) -> Speed:
        """Return what a deadline is reckoned with, for a request alone."""
        return self._admission.latency.speed()

    def load_weights(self, weights: Weights) -> None:
        """Sample from `weights` from the next step on (rows in flight keep their cache)."""
        for row in self._rows:
            row.sign(self.version)
        load(self._decoder, weights)
        self.version = weights.version
        self._prefixes.clear()

    def _segments(self, now: float) -> list[Segment]:
        """Choose what this step computes; rows whose prompts it completes run from now on."""
        running = list(self._rows)
        for row in running:
            row.slot = self._cache.lengthened(row.slot, row.length + 1)
        room = self._admission.prompt_room(running, now)
        groups = self._scheduler.take(self._capacity - len(running), room)
        for group in groups:
            self._run(group)
        turn = self._admission.next_chunk(self._rows, now)
        if turn is not None:
            long, end = turn
            if end == len(long.prompt):
                self._scheduler.finish(long)
                self._run(long)
        self._cache.fit()
        exact_rows = self._capacity if self._exact else 0
        segments: list[Segment] = [Running(running, self._device, exact_rows)] if running else []
        together = [[group] for group in groups] if self._exact else [groups]
        segments += [Prompts(own, self._device) for own in together if own]
        segments += [PrefillChunk(self._cache, *turn)] if turn is not None else []
        return segments

    def _compute(self, segments: list[Segment]) -> Tensor:
        """Return the hidden states of the rows: all in one pass, unless each is its own."""
        passes = [[segment] for segment in segments] if self._exact else [segments]
        return torch.cat([compute(self._decoder, own, self._device) for own in passes])

    def _run(self, group: Group) -> None:
        """Let a group's rows run."""
        for row in group.rows:
            row.slot = self._cache.slot(row.length + 1)
        self._rows += group.rows

    def _expire(self, now: float) -> list[Event]:
        """Let go of what waited until its deadline had passed."""
        late = self._admission.late(now)
        for row in late:
            row.machine.stop(End.TRUNCATED)
        return [
            Event(request_id=row.request_id, rollout=row.rollout(self.version, now)) for row in late
        ]

    def _choose(self, hidden_BD: Tensor) -> tuple[list[int], list[float]]:
        rows = self._rows
        if self._exact:
            padding = hidden_BD.new_zeros(self._capacity - len(rows), hidden_BD.shape[1])
            hidden_BD = torch.cat([hidden_BD, padding])
        logits_BV = self._decoder.logits(hidden_BD)
        for place, row in enumerate(rows):
            if row.follows is not None:
                row.follows.restrict(logits_BV[place])
        requests = [row.request for row in rows]
        uniforms = [next(row.uniforms) for row in rows]
        may_replace = any(request.budget.min_think for request in requests)
        again_BV = logits_BV.clone() if may_replace else logits_BV  # choosing overwrites its logits
        tokens, logprobs = choose(
            logits_BV, requests, uniforms, [row.machine.forced for row in rows]
        )
        if not may_replace:
            return tokens, logprobs
        allowed = [row.machine.allowed(token) for row, token in zip(rows, tokens, strict=True)]
        return choose(again_BV, requests, uniforms, allowed)

    def _collect(
        self, events: list[Event], chosen: tuple[list[int], list[float]], now: float
    ) -> list[Event]:
        """Give each row its token and let finished rows leave; return what clients are told."""
        rows = zip(self._rows, *chosen, strict=True)
        events += [self._push(row, token, logprob, now) for row, token, logprob in rows]
        for place in reversed(range(len(self._rows))):
            if self._rows[place].machine.phase is Phase.DONE:
                self._keep(self._rows[place])
                self._leave(place)
        told = self._probing.take(events)
        for event in told:
            if event.rollout is not None:
                self._drop(self._probing.of(event.request_id))
        self._probe()
        return told

    def _push(self, row: SequenceState, token: int, logprob: float, now: float) -> Event:
        row.push(token, logprob, now)
        if row.machine.phase is not Phase.DONE:
            return Event(request_id=row.request_id, token=token)
        if row.request_id not in self._probing:
            self._admission.saw_answer(row)
        rollout = row.rollout(self.version, now)
        return Event(request_id=row.request_id, token=token, rollout=rollout)

    def _probe(self) -> None:
        """Ask thoughts that are due for what they would answer now, as long as rows are free."""
        for row in self._rows:
            if not self._probing.is_due(row):
                continue
            if len(self._rows) + len(self._scheduler) < self._capacity:
                self._keep(row)
                self._probing.begin(self.submit(self._probing.request(row)), row)

    def _drop(self, probes: list[int]) -> None:
        """Let probes go of which nothing more is expected, or that are in the way."""
        for probe in probes:
            self.cancel(probe)
            self._probing.forget(probe)

    def _keep(self, row: SequenceState) -> None:
        """Remember a row as it stands: a conversation's next turn may begin with it, or a probe."""
        if self._chunk is not None and row.length >= LEAST:
            tokens = (*row.request.prompt, *row.machine.thought, *row.machine.answer)
            self._prefixes.keep(row.slot.read(tokens[: row.length]))

    def _leave(self, place: int) -> None:
        row, last = self._rows[place], self._rows.pop()
        if row is not last:
            self._rows[place] = last
        row.slot.leave()
