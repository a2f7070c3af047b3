"""Early exit: a thought ends once consecutive probes of its answer agree.

Every `probe_every` tokens, if a row is free, a second request closes a copy of the thought and
answers, while the thought itself continues. After the same answer three times in succession, more
thinking is not expected to change it (Dynasor, arXiv 2412.20993, section 4). Requests of clients
take precedence.
"""

from collections.abc import Sequence

from cogitate.engine.sequence import SequenceState
from cogitate.thinking.machine import Phase
from cogitate.types import Budget, End, Event, Request, Rollout

_ANSWER = 32
"""Most tokens of a probe; a longer answer agrees with none."""
_AGREE = 3


class Probing:
    """The running probes, and how far their answers agree.

    Example: if probing.is_due(sequence): probing.begin(submit(probing.request(sequence)), sequence)
    """

    def __init__(self, close: tuple[int, ...], context: int) -> None:
        """Close thoughts with the tokens `close`, in a context of `context` tokens."""
        self._close, self._longest = close, context - _ANSWER - len(close)
        self._probed: dict[int, SequenceState] = {}
        """By the probe's id."""

    def __contains__(self, request_id: int) -> bool:
        """Return whether a request is a probe, not a client's."""
        return request_id in self._probed

    def of(self, request_id: int | None = None) -> list[int]:
        """Return the probes of one request, or all."""
        return [
            probe
            for probe, sequence in self._probed.items()
            if request_id in (None, sequence.request_id)
        ]

    def forget(self, probe_id: int) -> None:
        """Drop a probe."""
        self._probed.pop(probe_id, None)

    def is_due(self, sequence: SequenceState) -> bool:
        """Return whether to probe a sequence's thought now; one probe at a time."""
        every, num = sequence.request.budget.probe_every, len(sequence.machine.thought)
        if not every or num % every or sequence.machine.phase is not Phase.THINK:
            return False
        has_room = len(sequence.request.prompt) + num < self._longest
        return has_room and sequence not in self._probed.values()

    def request(self, sequence: SequenceState) -> Request:
        """Return the request that answers from the thought so far."""
        probed = sequence.request
        return Request(
            prompt=(*probed.prompt, *sequence.machine.thought, *self._close),
            budget=Budget(think=0, answer=_ANSWER),
            temperature=0.0,
            schema=probed.schema,
        )

    def begin(self, probe_id: int, sequence: SequenceState) -> None:
        """Register a submitted probe."""
        self._probed[probe_id] = sequence

    def take(self, events: Sequence[Event]) -> list[Event]:
        """Return the events of clients' requests; finished probes may close thoughts."""
        own = [event for event in events if event.request_id not in self._probed]
        for event in events:
            if event.rollout is not None and event.request_id in self._probed:
                self._end(self._probed.pop(event.request_id), event.rollout)
        return own

    def _end(self, sequence: SequenceState, probe: Rollout) -> None:
        sequence.agreeing = sequence.agreeing + 1 if probe.answer == sequence.probed else 1
        sequence.probed = probe.answer
        says_something = probe.end is End.DONE and len(probe.answer) > 1
        if says_something and sequence.agreeing >= _AGREE:
            sequence.machine.exit()
