"""The engine: `submit`, `step -> events`, `cancel`. Training, asking and serving all sit on it.

A step decodes one token for every running row, prefills what has been submitted since (each
distinct prompt once, a long one in pieces), samples, and lets finished rows leave: continuous
batching. A deadline is kept by telling a row's machine, before each token, for how many more there
is time at the row's own measured pace.
"""

import math
import sys
import time
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from cogitate.budget import USUAL_ANSWER, Speed
from cogitate.engine.batch import Part, Prompts, Running, Stretch, compute, num_prompt_tokens
from cogitate.engine.kv_cache import Cache
from cogitate.engine.prefix_cache import LEAST, Prefixes
from cogitate.engine.probing import Probing
from cogitate.engine.sampling import choose
from cogitate.engine.scheduler import Group, Intake
from cogitate.engine.sequence import Row, context_left
from cogitate.errors import OverloadedError, UsageError
from cogitate.models.decoder import Decoder
from cogitate.models.weights import load
from cogitate.thinking.latency import Measured, Schedule
from cogitate.thinking.machine import Markers, Phase
from cogitate.types import Budget, End, Event, Request, Rollout, ThoughtEnd, Weights

_WARM_TOKENS, _WARM_PROMPTS = 8, (1, 16, 64, 64, 64, 256)
_LEAST_PIECE, _SHORT_S = 16, 0.05
"""Beside rows with deadlines a step takes in what is expected to take so long, or so little."""
_SLOWED = 4
"""Times as slow as usual, at most, that something else may have made this machine for a while."""
_PATIENCE_S = 1.0
"""So long a prompt without a deadline waits for rows that have one."""
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
        piece: int | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Sample with `decoder`'s own weights.

        `exact` makes a request's tokens independent of what else is in the batch, to the bit:
        it needs fp32, pads every step to `rows` rows and attends in fixed tiles. `piece` bounds
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
        self._piece = piece
        self._prefixes = Prefixes(0 if piece is None else _KEPT_TOKENS)
        self._intake = Intake(piece, self._prefixes)
        self._schedule = Schedule(len(markers.close))
        self._probing = Probing(markers.close, decoder.arch.context)
        self._rows: list[Row] = []
        self._next_id = 0
        self._since: float | None = None
        """When the last step ended; unset where nothing was left to do."""

    @property
    def idle(self) -> bool:
        """Nothing runs and nothing waits."""
        return not self._rows and not len(self._intake)

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
        if len(self._rows) + len(self._intake) + len(requests) > self._capacity:
            self._drop(self._probing.of())
        self._need_time(requests, arrived)
        if self.idle:
            self._since = None
        ids = range(self._next_id, self._next_id + len(requests))
        made = zip(ids, requests, left, strict=True)
        rows = [Row(number, request, self._markers, n, arrived) for number, request, n in made]
        self._next_id = ids.stop
        for row in rows:
            self._intake.add(row)
        return list(ids)

    @torch.inference_mode()
    def cancel(self, request_id: int, end: End = End.CANCELLED) -> Rollout | None:
        """End a request now and return what it has; None if it is not running or waiting.

        `end` is what its rollout shall say: of an answer that is whole already, done.
        """
        found = self._intake.remove(lambda row: row.request_id == request_id)
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
        start = self._clock()
        events = self._expire(start)
        num_running = len(self._rows)
        parts = self._parts(start)
        if not parts:
            return events
        hidden_BD = self._compute(parts)
        self._hurry(self._clock())
        tokens, logprobs = self._choose(hidden_BD) if self._rows else ([], [])
        now = self._clock()
        since = start if self._since is None else self._since  # what came between counts as well
        self._schedule.saw_step(num_running, *num_prompt_tokens(parts), now - since)
        events += [
            self._push(row, token, logprob, now)
            for row, token, logprob in zip(self._rows, tokens, logprobs, strict=True)
        ]
        for place in reversed(range(len(self._rows))):
            if self._rows[place].machine.phase is Phase.DONE:
                self._keep(self._rows[place])
                self._leave(place)
        told = self._probing.take(events)
        for event in told:
            if event.rollout is not None:
                self._drop(self._probing.of(event.request_id))
        self._probe()
        self._since = now
        return told

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
        self._schedule.forget_answers(answer, [len(rollout.answer) for rollout in whole])
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
        return self._schedule.speed()

    def load_weights(self, weights: Weights) -> None:
        """Sample from `weights` from the next step on (rows in flight keep their cache)."""
        for row in self._rows:
            row.sign(self.version)
        load(self._decoder, weights)
        self.version = weights.version
        self._prefixes.clear()

    def _parts(self, now: float) -> list[Part]:
        """Choose what this step computes; rows whose prompts it completes run from now on."""
        running = list(self._rows)
        for row in running:
            row.seat = self._cache.lengthened(row.seat, row.length + 1)
        groups = self._intake.take(self._capacity - len(running), self._room(now))
        for group in groups:
            self._run(group)
        turn = self._turn(now)
        if turn is not None:
            long, end = turn
            if end == len(long.prompt):
                self._intake.finish(long)
                self._run(long)
        self._cache.fit()
        exact_rows = self._capacity if self._exact else 0
        parts: list[Part] = [Running(running, self._device, exact_rows)] if running else []
        together = [[group] for group in groups] if self._exact else [groups]
        parts += [Prompts(own, self._device) for own in together if own]
        parts += [Stretch(self._cache, *turn)] if turn is not None else []
        return parts

    def _compute(self, parts: list[Part]) -> Tensor:
        """Return the hidden states of the rows: all parts in one pass, unless each is its own."""
        passes = [[part] for part in parts] if self._exact else [parts]
        return torch.cat([compute(self._decoder, own, self._device) for own in passes])

    def _room(self, now: float) -> int:
        """Return the tokens of whole prompts to take in now, 0 for none; the first goes in whole.

        Few where a running row has a deadline, and none that it cannot spare the time for, unless
        what waits is urgent as well, or has waited long enough.
        """
        spare_s = self._spare_s(now)
        if self._piece is None or spare_s == math.inf:
            return self._piece or sys.maxsize
        measured = self._schedule.prompts
        room = self._fitting(measured, spare_s)
        fits = measured.expect(max(room, self._intake.next_size())) <= spare_s
        return room if fits or self._intake.hurries(now - _PATIENCE_S) else 0

    def _turn(self, now: float) -> tuple[Group, int] | None:
        """Return the long prompt that goes on now, and up to where.

        It waits where others have deadlines and it has none, until they can spare the time.
        """
        spare_s, measured = self._spare_s(now), self._schedule.stretches
        if self._piece is None or spare_s == math.inf:
            return self._intake.piece(self._piece or sys.maxsize)
        turn = self._intake.piece(self._fitting(measured, spare_s))
        if turn is None:
            return None
        group, end = turn
        if any(row.deadline is not None for row in group.rows):
            return turn
        num_tokens = end - group.num_done
        fits = measured.expect(num_tokens) <= spare_s
        return turn if self._schedule.can_spare(num_tokens, len(self._rows), fits=fits) else None

    def _fitting(self, measured: Measured, spare_s: float) -> int:
        """Return the tokens that take no longer than rows with deadlines should wait at once."""
        room = self._piece or sys.maxsize
        while room > _LEAST_PIECE and measured.expect(room) > min(_SHORT_S, spare_s):
            room //= 2
        return room

    def _run(self, group: Group) -> None:
        """Let a group's rows run."""
        for row in group.rows:
            row.seat = self._cache.seat(row.length + 1)
        self._rows += group.rows

    def _need_time(self, requests: Sequence[Request], arrived: float) -> None:
        """Refuse deadlines that leave no time even for an answer without a thought."""
        budgets = [request.budget for request in requests]
        deadlines = [budget.deadline_s for budget in budgets if budget.deadline_s is not None]
        if not deadlines:
            return
        if len(requests) > self._capacity:
            raise UsageError(
                f"at most {self._capacity} answers at once can be promised within a deadline; ask"
                " for fewer, or without one"
            )
        num_rows = len(self._rows) + len(self._intake) + len(requests)
        if num_rows > self._capacity:
            raise OverloadedError(
                f"all {self._capacity} rows are taken or waited for, so that no deadline can be"
                " promised; ask again, or without one"
            )
        num_tokens = self._intake.num_tokens({request.prompt for request in requests})
        due = min(deadlines) + arrived
        soonest_s = self._schedule.soonest_s(budgets, num_rows, num_tokens)
        if self.idle and soonest_s / _SLOWED <= due - self._clock() < soonest_s:
            self._measure(1, 1)  # nothing ran that could have told how fast it would be now
        self._schedule.need_time(budgets, due - self._clock(), num_rows, num_tokens)

    def _hurry(self, now: float) -> None:
        """Tell each row with a deadline what there is still time for."""
        num_rows, schedule = len(self._rows), self._schedule
        expected_s = schedule.steps.expect(num_rows)
        for row in self._rows:
            if row.deadline is not None:
                left_s, pace_s = row.deadline - now, row.pace.seconds(expected_s)
                answer = row.request.budget.most_answer
                row.machine.hurry(
                    close_in=schedule.thought_left(left_s, pace_s, num_rows, answer),
                    end_in=schedule.left(left_s, min(pace_s, expected_s)),
                )

    def _spare_s(self, now: float) -> float:
        """Return the seconds that rows with deadlines can lose, and still answer in time.

        Infinite where there are none; an answer that is longer than was kept for it counts no more.
        """
        expected_s = self._schedule.steps.expect(len(self._rows))
        spare_s = math.inf
        for row in self._rows:
            if row.deadline is not None:
                num = self._schedule.kept(row.request.budget.most_answer) - len(row.machine.answer)
                needed_s = self._schedule.needed_s(num, row.pace.seconds(expected_s))
                spare_s = min(spare_s, row.deadline - now - needed_s) if num > 0 else spare_s
        return spare_s

    def _expire(self, now: float) -> list[Event]:
        """Let go of what waited until its deadline had passed."""
        late = self._intake.remove(lambda row: row.deadline is not None and row.deadline <= now)
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
        may_replace = any(request.budget.least for request in requests)
        again_BV = logits_BV.clone() if may_replace else logits_BV  # choosing overwrites its logits
        tokens, logprobs = choose(
            logits_BV, requests, uniforms, [row.machine.forced for row in rows]
        )
        if not may_replace:
            return tokens, logprobs
        allowed = [row.machine.allowed(token) for row, token in zip(rows, tokens, strict=True)]
        return choose(again_BV, requests, uniforms, allowed)

    def _push(self, row: Row, token: int, logprob: float, now: float) -> Event:
        row.push(token, logprob, now)
        if row.machine.phase is not Phase.DONE:
            return Event(request_id=row.request_id, token=token)
        machine = row.machine
        if row.request_id not in self._probing and row.deadline is not None:
            whole, hurried = machine.end is End.DONE, machine.thought_end is ThoughtEnd.DEADLINE
            self._schedule.saw_answer(len(machine.answer), whole=whole, hurried=hurried)
        rollout = row.rollout(self.version, now)
        return Event(request_id=row.request_id, token=token, rollout=rollout)

    def _probe(self) -> None:
        """Ask thoughts that are due for what they would answer now, as long as rows are free."""
        for row in self._rows:
            if not self._probing.is_due(row):
                continue
            if len(self._rows) + len(self._intake) < self._capacity:
                self._keep(row)
                self._probing.begin(self.submit(self._probing.request(row)), row)

    def _drop(self, probes: list[int]) -> None:
        """Let probes go of which nothing more is expected, or that are in the way."""
        for probe in probes:
            self.cancel(probe)
            self._probing.forget(probe)

    def _keep(self, row: Row) -> None:
        """Remember a row as it stands: a conversation's next turn may begin with it, or a probe."""
        if self._piece is not None and row.length >= LEAST:
            tokens = (*row.request.prompt, *row.machine.thought, *row.machine.answer)
            self._prefixes.keep(row.seat.read(tokens[: row.length]))

    def _leave(self, place: int) -> None:
        row, last = self._rows[place], self._rows.pop()
        if row is not last:
            self._rows[place] = last
        row.seat.leave()
