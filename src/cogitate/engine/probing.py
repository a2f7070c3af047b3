"""Early exit: a thought ends once the answers that are probed along the way agree.

Every so many tokens, where a row is free, a second request closes the thought as it stands and
answers it, while the thought itself goes on; where the same answer comes three times in a row, more
thinking is not expected to change it (Dynasor, arXiv 2412.20993, section 4). What clients ask for
goes before.
"""

from collections.abc import Sequence

from cogitate.engine.sequence import SequenceState
from cogitate.thinking.machine import Phase
from cogitate.types import Budget, End, Event, Request, Rollout

_ANSWER = 32
"""Tokens of a probe at most; a longer answer agrees with none."""
_AGREE = 3


class Probing:
    """Which thoughts are probed, and what came of it.

    Example: if probing.is_due(row): submit probing.request(row) and probing.begin(its id, row)
    """

    def __init__(self, close: tuple[int, ...], context: int) -> None:
        """Close thoughts with `close`, within a context of so many tokens."""
        self._close, self._longest = close, context - _ANSWER - len(close)
        self._probed: dict[int, SequenceState] = {}
        """By the probe's id."""

    def __contains__(self, request_id: int) -> bool:
        """Say whether a request is a probe, which nobody asked for."""
        return request_id in self._probed

    def of(self, request_id: int | None = None) -> list[int]:
        """Return the probes of one request, or all."""
        return [
            probe for probe, row in self._probed.items() if request_id in (None, row.request_id)
        ]

    def forget(self, probe_id: int) -> None:
        """Wait no more for a probe."""
        self._probed.pop(probe_id, None)

    def is_due(self, row: SequenceState) -> bool:
        """Say whether a row's thought is to be probed now; one probe at a time."""
        every, num = row.request.budget.probe_every, len(row.machine.thought)
        if not every or num % every or row.machine.phase is not Phase.THINK:
            return False
        has_room = len(row.request.prompt) + num < self._longest
        return has_room and row not in self._probed.values()

    def request(self, row: SequenceState) -> Request:
        """Return what asks for the answer to a thought as it stands."""
        asked = row.request
        return Request(
            prompt=(*asked.prompt, *row.machine.thought, *self._close),
            budget=Budget(think=0, answer=_ANSWER),
            temperature=0.0,
            schema=asked.schema,
        )

    def begin(self, probe_id: int, row: SequenceState) -> None:
        """Wait for the answer of a probe."""
        self._probed[probe_id] = row

    def take(self, events: Sequence[Event]) -> list[Event]:
        """Return the events of what clients asked for; what probes came to may close thoughts."""
        told = [event for event in events if event.request_id not in self._probed]
        for event in events:
            if event.rollout is not None and event.request_id in self._probed:
                self._end(self._probed.pop(event.request_id), event.rollout)
        return told

    def _end(self, row: SequenceState, probe: Rollout) -> None:
        row.agreeing = row.agreeing + 1 if probe.answer == row.probed else 1
        row.probed = probe.answer
        says_something = probe.end is End.DONE and len(probe.answer) > 1
        if says_something and row.agreeing >= _AGREE:
            row.machine.exit()
