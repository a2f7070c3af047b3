"""The engine: `submit`, `step -> events`, `cancel`; used by training, `ask` and the server.

Continuous batching (Orca, OSDI 2022): a step decodes one token for every running sequence,
prefills new requests (each distinct prompt once, a long one in chunks), samples, and removes
finished sequences. To keep a deadline, a sequence's thinking machine is limited before each token
to the tokens that there is time for at the sequence's measured pace (see `admission`).
"""

import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import torch
from torch import Tensor

from cogitate.engine import graphs
from cogitate.engine.admission import Admission
from cogitate.engine.attention import cache_dtype
from cogitate.engine.kv_cache import Cache
from cogitate.engine.prefix_cache import LEAST, Prefixes
from cogitate.engine.probing import Probing
from cogitate.engine.running import Batch
from cogitate.engine.sampling import Chosen, choose
from cogitate.engine.scheduler import Group, Scheduler
from cogitate.engine.segments import (
    PrefillChunk,
    Prompts,
    Replayed,
    Running,
    Segment,
    compute,
    num_prompt_tokens,
)
from cogitate.engine.sequence import SequenceState, context_left
from cogitate.errors import UsageError
from cogitate.hardware.transfer import finish
from cogitate.models.decoder import Decoder
from cogitate.models.weights import load
from cogitate.thinking.machine import Markers, Phase
from cogitate.types import USUAL_ANSWER, Budget, End, Event, Request, Rollout, Speed, Weights

_WARM_TOKENS, _WARM_PROMPTS = 8, (1, 16, 64, 64, 64, 256)
_KEPT_TOKENS = 8192
"""Size of the prefix cache."""


class Engine:
    """Generates rollouts of requests on one decoder, at most `rows` at a time.

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

        On a GPU the cache is static (`graphs`), and a step begins before the tokens of the one
        before are known here, which changes no token.

        Args:
            decoder: the model.
            markers: the token ids by which it opens and closes thoughts and ends answers.
            rows: the largest batch.
            exact: make a request's tokens bit-identical whatever else is in the batch. Needs fp32,
                pads every step to `rows` rows and attends in fixed tiles.
            chunk: the most prompt tokens of a step: those of whole prompts together, and those of
                one longer prompt, so that no prompt delays the others. None sets no limit.
            clock: returns seconds.

        Raises:
            UsageError: `exact` with weights that are not fp32.
        """
        weight = decoder.norm
        if exact and weight.dtype != torch.float32:
            raise UsageError("the exact mode needs fp32 weights: load the model with dtype fp32")
        self.version = self._next_id = 0
        self._decoder, self._markers, self._exact = decoder, markers, exact
        self._device, self._capacity, self._exact_rows = weight.device, rows, exact * rows
        static = graphs.serves(weight.device)
        dtype = weight.dtype if exact or static else cache_dtype(decoder)
        self._cache = Cache(decoder.arch, rows, dtype, weight.device, exact=exact, static=static)
        block = self._cache.static
        self._graphs = None if block is None else graphs.Graphs(decoder, block, exact=exact)
        self._apart = exact or static  # each segment is a pass of its own
        self._clock = clock
        self._chunk, self._keeps = chunk, chunk is not None
        self._prefixes = Prefixes(0 if chunk is None else _KEPT_TOKENS)
        self._scheduler = Scheduler(chunk, self._prefixes)
        self._admission = Admission(
            self._scheduler, len(markers.close), clock, capacity=rows, chunk=chunk
        )
        self._probing = Probing(markers.close, decoder.arch.context)
        self._batch = Batch(rows, markers.watched, decoder.arch.vocab_size, weight.device)
        self._batch.ahead = static
        self._running: Running | None = None
        """The segment of the running sequences, while none joins or leaves or moves."""
        self._is_fitted = True
        """Whether the cache has memory for all slots."""
        self._late: list[Event] = []
        """Events of steps that were collected between two calls of `step`."""

    @property
    def _rows(self) -> list[SequenceState]:
        return self._batch.sequences

    @property
    def idle(self) -> bool:
        """Nothing runs and nothing waits."""
        return not self._rows and not len(self._scheduler) and not self._late

    def submit(self, request: Request) -> int:
        """Queue a request and return its id; it starts in the next step if a row is free.

        Raises:
            UsageError: the prompt is empty or leaves no room for an answer, or the schema of the
                answer is not supported.
            OverloadedError: its deadline cannot be met beside the requests that run and wait.
        """
        return self.submit_all([request])[0]

    def submit_all(self, requests: Sequence[Request], arrived: float | None = None) -> list[int]:
        """Queue requests that are accepted or refused together; see `submit`.

        Args:
            requests: those of one client.
            arrived: time of arrival by the engine's clock; None is now.
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
        sequences = [
            SequenceState(number, request, self._markers, n, arrived) for number, request, n in made
        ]
        self._next_id = ids.stop
        for sequence in sequences:
            self._scheduler.add(sequence)
        return list(ids)

    @torch.inference_mode()
    def cancel(self, request_id: int, end: End = End.CANCELLED) -> Rollout | None:
        """End a request now and return its rollout so far; None if it does not run or wait.

        `end` is the reason that the rollout gives: done, if the answer is complete.
        """
        ended = [event.rollout for event in self._late if event.request_id == request_id]
        self._late = [event for event in self._late if event.request_id != request_id]
        if ended and ended[-1] is not None:
            return ended[-1]
        found = self._scheduler.remove(lambda sequence: sequence.request_id == request_id)
        for sequence in self._rows:
            if sequence.request_id == request_id:
                found = [sequence]
                self._batch.settle(sequence)
                self._leave(sequence)
                break
        if not found:
            return None
        self._drop(self._probing.of(request_id))
        found[0].machine.stop(end)
        return found[0].rollout(self.version, self._clock())

    @torch.inference_mode()
    def step(self, *, tokens: bool = True) -> list[Event]:
        """Sample one token for every running sequence, newly admitted ones included.

        Without `tokens`, only the events that end requests are returned.
        """
        start, num_running, was_ahead = self._clock(), len(self._rows), self._batch.is_under_way
        late = [event for event in self._late if tokens or event.rollout is not None]
        events, self._late = [*late, *self._expire(start)], []
        segments = self._segments(start)
        if segments:
            hidden_BD = compute(self._decoder, segments, apart=self._apart)
            if self._batch.num_timed:
                finish(self._device)  # what is limited below has the time that is left then
                self._admission.limit(self._rows, self._clock())
            if self._rows:
                self._batch.launch(*self._choose(hidden_BD))
            self._batch.wait()
            if was_ahead or (self._batch.ahead and not self._batch.num_timed):
                self._admission.begin()  # how long this step takes is not known here
            else:
                finish(self._device)
                sizes = num_running, *num_prompt_tokens(segments)
                self._admission.saw_step(*sizes, start, self._clock())
            now = self._clock()
            while self._batch.must_collect():
                events += self._collect(now, tokens=tokens)
        return self._own(events)

    def _choose(self, hidden_BD: Tensor) -> Chosen:
        return choose(self._decoder, hidden_BD, self._batch, self._exact_rows)

    def warm(self, answer: int = USUAL_ANSWER, usual: Sequence[Request] = ()) -> None:
        """Measure speed now; see `warming`."""
        for _ in self.warming(answer, usual):
            pass

    def warming(self, answer: int = USUAL_ANSWER, usual: Sequence[Request] = ()) -> Iterator[None]:
        """Measure speed in parts, one at each `next`, which takes an engine that is idle.

        They run prompts of several lengths, and a few tokens at each batch size. The last part runs
        `usual`: the first deadlines reserve time for answers as long as theirs, or for `answer`
        tokens if there are none.
        """
        lengths = [n for n in _WARM_PROMPTS if n < self._decoder.arch.context // 2]
        loads = [2**n for n in range(self._capacity.bit_length())]
        if self._graphs is not None:
            loads.reverse()  # a block that grows loses its graphs
        for length, num in [(n, 1) for n in lengths] + [(1, n) for n in loads]:
            self._measure(length, num)
            yield
        for request in usual:
            self.submit(request)
        whole = [rollout for rollout in self._finish() if rollout.end is End.DONE]
        self._admission.latency.forget_answers(answer, [len(rollout.answer) for rollout in whole])
        self._prefixes.clear()

    def _measure(self, length: int, num: int) -> None:
        """Run `num` prompts of one length, with a few tokens after each.

        Long ones are kept: what the next has more is measured as a chunk.
        """
        ahead, self._batch.ahead = self._batch.ahead, False  # as sequences with deadlines run
        late, self._late = self._late, []
        self._keeps = self._chunk is not None and length > _WARM_PROMPTS[1]
        for seed in range(num):
            budget = Budget(answer=_WARM_TOKENS)
            self.submit(Request(prompt=(seed % 2,) * length, budget=budget, seed=seed))
        self._finish()
        self._keeps, self._batch.ahead, self._late = self._chunk is not None, ahead, late

    def _finish(self) -> list[Rollout]:
        """Step until the engine is idle."""
        ended: list[Rollout] = []
        while not self.idle:
            ended += [event.rollout for event in self.step(tokens=False) if event.rollout]
        return ended

    def speed(self) -> Speed:
        """Return the speed by which deadlines are planned, for a single request."""
        return self._admission.latency.speed()

    def load_weights(self, weights: Weights) -> None:
        """Sample from `weights` from the next step on; running sequences keep their cache."""
        with torch.inference_mode():
            while self._batch.is_under_way:
                self._late += self._collect(self._clock(), tokens=True)
        for sequence in self._rows:
            self._batch.settle(sequence)
            sequence.sign(self.version)
        load(self._decoder, weights)
        self.version = weights.version
        self._prefixes.clear()

    def _segments(self, now: float) -> list[Segment | Replayed]:
        """Return the segments of this step; sequences whose prompts it completes start to run."""
        num_running = len(self._batch)
        room = self._admission.prompt_room(self._batch.timed, now)
        groups = self._scheduler.take(self._capacity - num_running, room)
        new = [group for group in groups if group.prefix is None]
        begun = [group for group in groups if group.prefix is not None]
        for group in new + begun:
            self._run(group)
        turn = self._admission.next_chunk(self._batch.timed, now)
        if turn is not None:
            long, end = turn
            if end == len(long.prompt):
                self._scheduler.finish(long)
                self._run(long)
        if not self._is_fitted:
            self._cache.fit()
            self._is_fitted = True
        segments: list[Segment | Replayed] = [self._decoding(num_running)] if num_running else []
        together = [[group] for group in new] if self._exact else [new]
        segments += [Prompts(own, self._device) for own in together if own]
        segments += [PrefillChunk(self._cache, own, len(own.prompt)) for own in begun]
        segments += [PrefillChunk(self._cache, *turn)] if turn is not None else []
        return segments

    def _decoding(self, num: int) -> Running | Replayed:
        """Return the segment of the first `num` sequences."""
        if self._graphs is not None:
            return Replayed(self._batch, num, self._graphs)
        if self._running is None or self._running.num != num:
            self._running = Running(self._batch, num, self._exact_rows)
        self._running.advance()
        return self._running

    def _run(self, group: Group) -> None:
        """Start a group's sequences."""
        for sequence in group.sequences:
            end = sequence.length + sequence.machine.longest
            sequence.slot = self._cache.slot(sequence.length + 1, end)
        self._batch.join(group.sequences)
        self._is_fitted = False

    def _expire(self, now: float) -> list[Event]:
        """Remove waiting sequences whose deadline has passed."""
        late = self._admission.late(now)
        for sequence in late:
            sequence.machine.stop(End.TRUNCATED)
        return [
            Event(request_id=sequence.request_id, rollout=sequence.rollout(self.version, now))
            for sequence in late
        ]

    def _collect(self, now: float, *, tokens: bool) -> list[Event]:
        """Take a step's tokens, and look at the sequences that these may change; return events."""
        rows, chosen, looked = self._batch.collect()
        found = {sequence.row: self._look(sequence, now) for sequence in looked}
        events = [event for event in found.values() if event.rollout is not None]
        if tokens:
            events = [
                found.get(row) or Event(request_id=self._rows[row].request_id, token=token)
                for row, token in zip(rows.tolist(), chosen.tolist(), strict=True)
            ]
        for sequence in reversed(looked):
            if sequence.machine.phase is Phase.DONE:
                self._keep(sequence)
                self._leave(sequence)
        left = [sequence for sequence in looked if sequence.machine.phase is not Phase.DONE]
        for sequence in left:
            self._lengthen(sequence)
        self._batch.rest(left)
        return events

    def _look(self, sequence: SequenceState, now: float) -> Event:
        """Append the tokens that wait, and return the event of the last."""
        tokens, logprobs = self._batch.read(sequence)
        if len(tokens) > 1:
            sequence.extend(tokens[:-1], logprobs[:-1])
        sequence.push(tokens[-1], logprobs[-1], now)
        if sequence.machine.phase is not Phase.DONE:
            return Event(request_id=sequence.request_id, token=tokens[-1])
        if sequence.request_id not in self._probing:
            self._admission.saw_answer(sequence)
        rollout = sequence.rollout(self.version, now)
        return Event(request_id=sequence.request_id, token=tokens[-1], rollout=rollout)

    def _own(self, events: list[Event]) -> list[Event]:
        """Return the clients' events; drop the probes of those that ended, and begin new ones."""
        own = self._probing.take(events)
        for event in own:
            if event.rollout is not None:
                self._drop(self._probing.of(event.request_id))
        self._probe()
        return own

    def _probe(self) -> None:
        """Submit probes of the thoughts that are due, while rows are free."""
        for sequence in self._rows if self._batch.num_probed else ():
            if not self._probing.is_due(sequence):
                continue
            if len(self._rows) + len(self._scheduler) < self._capacity:
                self._keep(sequence)
                self._probing.begin(self.submit(self._probing.request(sequence)), sequence)

    def _drop(self, probes: list[int]) -> None:
        """Cancel probes that are no longer needed, or that block a client's request."""
        for probe in probes:
            self.cancel(probe)
            self._probing.forget(probe)

    def _keep(self, sequence: SequenceState) -> None:
        """Put a sequence into the prefix cache, for a probe or a conversation's next turn."""
        if self._keeps and sequence.length >= LEAST:
            tokens = (*sequence.request.prompt, *sequence.machine.thought, *sequence.machine.answer)
            self._prefixes.keep(sequence.slot.read(tokens[: sequence.length]))

    def _lengthen(self, sequence: SequenceState) -> None:
        """Make room in the cache for the sequence's last token."""
        if sequence.length < sequence.slot.columns:
            return
        slot = self._cache.lengthened(sequence.slot, sequence.length + 1)
        if slot is not sequence.slot:
            sequence.slot, self._running = slot, None
        self._is_fitted = False

    def _leave(self, sequence: SequenceState) -> None:
        self._batch.leave(sequence)
        sequence.slot.leave()
        self._running, self._is_fitted = None, False
