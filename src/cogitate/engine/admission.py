"""Admission under deadlines: which requests are accepted, and what each step has time for.

It owns the measured speed of one engine (`thinking.latency`). Sequences without a deadline are
not limited here, and cost nothing.
"""

import math
import sys
from collections.abc import Callable, Sequence

from cogitate.engine.scheduler import Group, Scheduler
from cogitate.engine.sequence import SequenceState
from cogitate.errors import OverloadedError, UsageError
from cogitate.thinking.latency import LatencyModel, Measured
from cogitate.types import End, Request, ThoughtEnd

_MIN_CHUNK, _SHORT_S = 16, 0.05
"""Beside sequences with deadlines, a step prefills prompt tokens for `_SHORT_S`, but at least
`_MIN_CHUNK` tokens."""
_SLOWED = 4
"""Largest factor by which other load may have slowed this machine temporarily."""
_PATIENCE_S = 1.0
"""Time that a prompt without a deadline waits for sequences that have one."""


class Admission:
    """Decides by measured speed what an engine can do within its sequences' deadlines.

    Example: admission = Admission(scheduler, 1, time.monotonic, capacity=8, chunk=128);
    admission.prompt_room(sequences, now) -> 128

    All times are seconds of the engine's clock; `sequences` are the running ones.
    """

    def __init__(
        self,
        scheduler: Scheduler,
        num_close: int,
        clock: Callable[[], float],
        *,
        capacity: int,
        chunk: int | None,
    ) -> None:
        """Start without measurements; `num_close` tokens close a thought.

        `clock`, `capacity` and `chunk` are the engine's `clock`, `rows` and `chunk`.
        """
        self.latency = LatencyModel(num_close)
        self._scheduler, self._clock = scheduler, clock
        self._capacity, self._chunk = capacity, chunk
        self._since: float | None = None
        """When the last step ended; None while the engine is idle."""

    def begin(self) -> None:
        """Record that the engine was idle: that time is not part of the next step."""
        self._since = None

    def saw_step(self, num_rows: int, prompts: int, chunk: int, start: float, now: float) -> None:
        """Record how long a step took, with the time since the step before."""
        since = start if self._since is None else self._since
        self.latency.saw_step(num_rows, prompts, chunk, now - since)
        self._since = now

    def saw_answer(self, sequence: SequenceState) -> None:
        """Record the length of an answer under a deadline."""
        if sequence.deadline is not None:
            machine = sequence.machine
            whole, forced = machine.end is End.DONE, machine.thought_end is ThoughtEnd.DEADLINE
            self.latency.saw_answer(len(machine.answer), whole=whole, forced=forced)

    def need_time(
        self,
        requests: Sequence[Request],
        sequences: Sequence[SequenceState],
        arrived: float,
        measure: Callable[[], None],
    ) -> None:
        """Refuse deadlines that leave no time even for an answer without a thought.

        Args:
            requests: those of one client, which are accepted or refused together.
            sequences: the running ones.
            arrived: time of arrival.
            measure: runs a step; called if the engine is idle and its present speed is unknown.

        Raises:
            UsageError: there are more requests than the engine has rows.
            OverloadedError: no row is free, or no answer can be ready in time.
        """
        budgets = [request.budget for request in requests]
        deadlines = [budget.deadline_s for budget in budgets if budget.deadline_s is not None]
        if not deadlines:
            return
        num_others = len(sequences) + len(self._scheduler)
        num_rows = num_others + len(requests)
        self._need_rows(len(requests), num_rows)
        num_tokens = self._scheduler.num_tokens({request.prompt for request in requests})
        soonest_s = self.latency.soonest_s(budgets, num_rows, num_tokens)
        due = min(deadlines) + arrived
        if not num_others and soonest_s / _SLOWED <= due - self._clock() < soonest_s:
            measure()
        self.latency.need_time(budgets, due - self._clock(), num_rows, num_tokens)

    def _need_rows(self, num_asked: int, num_rows: int) -> None:
        if num_asked > self._capacity:
            raise UsageError(
                f"at most {self._capacity} answers at once can be promised within a deadline; ask"
                " for fewer, or set no deadline"
            )
        if num_rows > self._capacity:
            raise OverloadedError(
                f"all {self._capacity} rows are in use or reserved, so no deadline can be promised;"
                " ask again, or set no deadline"
            )

    def late(self, now: float) -> list[SequenceState]:
        """Take out and return the sequences that waited until their deadline had passed."""
        return self._scheduler.remove(
            lambda sequence: sequence.deadline is not None and sequence.deadline <= now
        )

    def prompt_room(self, sequences: Sequence[SequenceState], now: float) -> int:
        """Return the number of tokens of whole prompts to prefill now; the first is not split.

        It is small if a running sequence has a deadline. It is 0 if that sequence cannot spare
        the time, unless a waiting one has a deadline as well or has waited long enough.
        """
        spare_s = self._spare_s(sequences, now)
        if self._chunk is None or spare_s == math.inf:
            return self._chunk or sys.maxsize
        measured = self.latency.prompts
        room = self._fitting(measured, spare_s)
        fits = measured.expect(max(room, self._scheduler.next_size())) <= spare_s
        return room if fits or self._scheduler.is_urgent(now - _PATIENCE_S) else 0

    def next_chunk(
        self, sequences: Sequence[SequenceState], now: float
    ) -> tuple[Group, int] | None:
        """Return the long prompt to continue now, and the end of its next chunk.

        A prompt without a deadline waits until sequences with one can spare the time.
        """
        spare_s, measured = self._spare_s(sequences, now), self.latency.chunks
        if self._chunk is None or spare_s == math.inf:
            return self._scheduler.chunk(self._chunk or sys.maxsize)
        turn = self._scheduler.chunk(self._fitting(measured, spare_s))
        if turn is None:
            return None
        group, end = turn
        if any(sequence.deadline is not None for sequence in group.sequences):
            return turn
        num_tokens = end - group.num_done
        fits = measured.expect(num_tokens) <= spare_s
        return turn if self.latency.can_spare(num_tokens, len(sequences), fits=fits) else None

    def limit(self, sequences: Sequence[SequenceState], now: float) -> None:
        """Limit each sequence with a deadline to the tokens that there is time for."""
        num_rows, latency = len(sequences), self.latency
        expected_s = latency.steps.expect(num_rows)
        for sequence in sequences:
            if sequence.deadline is not None:
                left_s, pace_s = sequence.deadline - now, sequence.pace.seconds(expected_s)
                answer = sequence.request.budget.max_answer
                sequence.machine.limit_tokens(
                    close_in=latency.thought_left(left_s, pace_s, num_rows, answer),
                    end_in=latency.left(left_s, min(pace_s, expected_s)),
                )

    def _fitting(self, measured: Measured, spare_s: float) -> int:
        """Return a number of tokens that delays sequences with deadlines by `_SHORT_S` at most."""
        room = self._chunk or sys.maxsize
        while room > _MIN_CHUNK and measured.expect(room) > min(_SHORT_S, spare_s):
            room //= 2
        return room

    def _spare_s(self, sequences: Sequence[SequenceState], now: float) -> float:
        """Return the seconds that sequences with deadlines can lose and still answer in time.

        Infinite if there are none. An answer longer than the tokens kept for it is ignored.
        """
        expected_s = self.latency.steps.expect(len(sequences))
        spare_s = math.inf
        for sequence in sequences:
            if sequence.deadline is not None:
                num = self.latency.kept(sequence.request.budget.max_answer) - len(
                    sequence.machine.answer
                )
                needed_s = self.latency.needed_s(num, sequence.pace.seconds(expected_s))
                spare_s = min(spare_s, sequence.deadline - now - needed_s) if num > 0 else spare_s
        return spare_s
