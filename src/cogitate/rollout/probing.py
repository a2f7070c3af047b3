"""Early exit: a thought ends once the answers that are probed along the way agree.

Every so many tokens a second request closes the thought as it stands and answers it, while the
thought itself goes on; where the same answer comes three times in a row, more thinking is not
expected to change it (Dynasor, arXiv 2412.20993, section 4).
"""

from collections.abc import Sequence

from cogitate.rollout.row import Row
from cogitate.rollout.thinking import Phase
from cogitate.types import Budget, End, Event, Request, Rollout

ANSWER = 32
"""Tokens of a probe at most; a longer answer agrees with none."""
_AGREE = 3


class Probing:
    """Which thoughts are probed, and what came of it.

    Example: if probing.is_due(row): submit probing.request(row) and probing.begin(its id, row)
    """

    def __init__(self, close: tuple[int, ...]) -> None:
        """Close thoughts with `close`."""
        self._close = close
        self._probed: dict[int, Row] = {}
        """By the probe's id."""

    def is_due(self, row: Row) -> bool:
        """Say whether a row's thought is to be probed now; one probe at a time."""
        every, thought = row.request.budget.probe_every, row.machine.thought
        at_a_point = every and row.machine.phase is Phase.THINK and len(thought) % every == 0
        return bool(at_a_point and row not in self._probed.values())

    def request(self, row: Row) -> Request:
        """Return what asks for the answer to a thought as it stands."""
        asked = row.request
        return Request(
            prompt=(*asked.prompt, *row.machine.thought, *self._close),
            budget=Budget(think=0, answer=ANSWER),
            temperature=0.0,
            schema=asked.schema,
        )

    def begin(self, probe_id: int, row: Row) -> None:
        """Wait for the answer of a probe."""
        self._probed[probe_id] = row

    def take(self, events: Sequence[Event]) -> list[Event]:
        """Return the events of what clients asked for; what probes came to may close thoughts."""
        told = [event for event in events if event.request_id not in self._probed]
        for event in events:
            if event.rollout is not None and event.request_id in self._probed:
                self._end(self._probed.pop(event.request_id), event.rollout)
        return told

    def _end(self, row: Row, probe: Rollout) -> None:
        row.agreeing = row.agreeing + 1 if probe.answer == row.probed else 1
        row.probed = probe.answer
        if probe.end is End.DONE and row.agreeing >= _AGREE:
            row.machine.exit()
