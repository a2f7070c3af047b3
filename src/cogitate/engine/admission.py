"""Admission under deadlines: which requests are accepted, and what each step has time for.

It owns the measured speed of one engine (`thinking.latency`). Rows without a deadline are limited
by nothing here, and cost nothing.
"""

import math
import sys
from collections.abc import Callable, Sequence

from cogitate.engine.scheduler import Group, Scheduler
from cogitate.engine.sequence import SequenceState
from cogitate.errors import OverloadedError, UsageError
from cogitate.thinking.latency import LatencyModel, Measured
from cogitate.types import End, Request, ThoughtEnd

_LEAST_CHUNK, _SHORT_S = 16, 0.05
"""Beside rows with deadlines a step takes in what is expected to take so long, or so little."""
_SLOWED = 4
"""Times as slow as usual, at most, that something else may have made this machine for a while."""
_PATIENCE_S = 1.0
"""So long a prompt without a deadline waits for rows that have one."""


class Admission:
    """Decides by measured speed what an engine can do within the deadlines of its rows.

    Example: admission = Admission(scheduler, 1, time.monotonic, capacity=8, chunk=128);
    admission.prompt_room(rows, now) -> 128

    All times are seconds of the engine's clock; `rows` are those that run.
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
        """Have measured nothing; `num_close` tokens close a thought.

        `clock`, `capacity` and `chunk` are the engine's `clock`, `rows` and `chunk`.
        """
        self.latency = LatencyModel(num_close)
        self._scheduler, self._clock = scheduler, clock
        self._capacity, self._chunk = capacity, chunk
        self._since: float | None = None
        """When the last step ended; unset where nothing was left to do."""

    def begin(self) -> None:
        """Note that the engine was idle: the time since its last step is not part of the next."""
        self._since = None

    def saw_step(self, num_rows: int, prompts: int, stretch: int, start: float, now: float) -> None:
        """Note how long a step took, and what came between it and the one before."""
        since = start if self._since is None else self._since
        self.latency.saw_step(num_rows, prompts, stretch, now - since)
        self._since = now

    def saw_answer(self, row: SequenceState) -> None:
        """Note how long an answer under a deadline was."""
        if row.deadline is not None:
            machine = row.machine
            whole, hurried = machine.end is End.DONE, machine.thought_end is ThoughtEnd.DEADLINE
            self.latency.saw_answer(len(machine.answer), whole=whole, hurried=hurried)

    def need_time(
        self,
        requests: Sequence[Request],
        rows: Sequence[SequenceState],
        arrived: float,
        measure: Callable[[], None],
    ) -> None:
        """Refuse deadlines that leave no time even for an answer without a thought.

        Args:
            requests: of one client, which are accepted or refused together.
            rows: that run.
            arrived: when they came.
            measure: runs a step, where nothing ran that could tell the speed of this moment.

        Raises:
            UsageError: more requests than the engine has rows.
            OverloadedError: no row is free, or no answer can be ready in time.
        """
        budgets = [request.budget for request in requests]
        deadlines = [budget.deadline_s for budget in budgets if budget.deadline_s is not None]
        if not deadlines:
            return
        num_others = len(rows) + len(self._scheduler)
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
                " for fewer, or without one"
            )
        if num_rows > self._capacity:
            raise OverloadedError(
                f"all {self._capacity} rows are taken or waited for, so that no deadline can be"
                " promised; ask again, or without one"
            )

    def late(self, now: float) -> list[SequenceState]:
        """Take out and return the rows that waited until their deadline had passed."""
        return self._scheduler.remove(lambda row: row.deadline is not None and row.deadline <= now)

    def prompt_room(self, rows: Sequence[SequenceState], now: float) -> int:
        """Return the tokens of whole prompts to take in now, 0 for none; the first goes in whole.

        Few where a running row has a deadline, and none that it cannot spare the time for, unless
        what waits is urgent as well, or has waited long enough.
        """
        spare_s = self._spare_s(rows, now)
        if self._chunk is None or spare_s == math.inf:
            return self._chunk or sys.maxsize
        measured = self.latency.prompts
        room = self._fitting(measured, spare_s)
        fits = measured.expect(max(room, self._scheduler.next_size())) <= spare_s
        return room if fits or self._scheduler.hurries(now - _PATIENCE_S) else 0

    def next_chunk(self, rows: Sequence[SequenceState], now: float) -> tuple[Group, int] | None:
        """Return the long prompt that goes on now, and up to where.

        It waits where others have deadlines and it has none, until they can spare the time.
        """
        spare_s, measured = self._spare_s(rows, now), self.latency.chunks
        if self._chunk is None or spare_s == math.inf:
            return self._scheduler.chunk(self._chunk or sys.maxsize)
        turn = self._scheduler.chunk(self._fitting(measured, spare_s))
        if turn is None:
            return None
        group, end = turn
        if any(row.deadline is not None for row in group.rows):
            return turn
        num_tokens = end - group.num_done
        fits = measured.expect(num_tokens) <= spare_s
        return turn if self.latency.can_spare(num_tokens, len(rows), fits=fits) else None

    def limit(self, rows: Sequence[SequenceState], now: float) -> None:
        """Tell each row with a deadline for how many more tokens there is time."""
        num_rows, latency = len(rows), self.latency
        expected_s = latency.steps.expect(num_rows)
        for row in rows:
            if row.deadline is not None:
                left_s, pace_s = row.deadline - now, row.pace.seconds(expected_s)
                answer = row.request.budget.max_answer
                row.machine.limit_tokens(
                    close_in=latency.thought_left(left_s, pace_s, num_rows, answer),
                    end_in=latency.left(left_s, min(pace_s, expected_s)),
                )

    def _fitting(self, measured: Measured, spare_s: float) -> int:
        """Return the tokens that take no longer than rows with deadlines should wait at once."""
        room = self._chunk or sys.maxsize
        while room > _LEAST_CHUNK and measured.expect(room) > min(_SHORT_S, spare_s):
            room //= 2
        return room

    def _spare_s(self, rows: Sequence[SequenceState], now: float) -> float:
        """Return the seconds that rows with deadlines can lose, and still answer in time.

        Infinite where there are none; an answer that is longer than was kept for it counts no more.
        """
        expected_s = self.latency.steps.expect(len(rows))
        spare_s = math.inf
        for row in rows:
            if row.deadline is not None:
                num = self.latency.kept(row.request.budget.max_answer) - len(row.machine.answer)
                needed_s = self.latency.needed_s(num, row.pace.seconds(expected_s))
                spare_s = min(spare_s, row.deadline - now - needed_s) if num > 0 else spare_s
        return spare_s
