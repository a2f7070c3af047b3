"""The sampler in this process: a loop over the engine."""

import sys
from collections import deque
from collections.abc import Sequence
from functools import cache

from cogitate.engine.engine import Engine
from cogitate.errors import OverloadedError
from cogitate.models.decoder import Decoder
from cogitate.protocols import Poll, Then
from cogitate.thinking.grammar import Schemas
from cogitate.thinking.machine import Markers
from cogitate.tokenizer import Tokenizer
from cogitate.types import End, Request, Rollout, Speed, ThoughtEnd, Weights

CUE = " Wait,"
"""Continues a thought that would close before its minimum length (arXiv 2501.19393)."""
_SENTENCE_ENDS = (".", "!", "?", "\n")


class LocalSampler:
    """Generates rollouts on this machine, `rows` at a time.

    Example: LocalSampler(policy.decoder, markers(policy.tokenizer)).sample([request])
    """

    def __init__(
        self, decoder: Decoder, markers: Markers, *, rows: int = 64, exact: bool = False
    ) -> None:
        """Sample with `decoder`'s own weights; see `Engine` for `exact`."""
        self._engine, self._rows = Engine(decoder, markers, rows=rows, exact=exact), rows

    def sample(
        self, requests: Sequence[Request], then: Then | None = None, poll: Poll | None = None
    ) -> list[Rollout]:
        """Return the rollouts of all requests, and of those that `then` and `poll` add.

        Requests with deadlines are submitted as rows get free, so that they spend no time in a
        queue. A deadline that cannot be met ends its rollout with an error. If thoughts are
        probed, half of the rows are left to the probes.
        """
        waiting: deque[tuple[int, Request]] = deque()
        places: dict[int, int] = {}
        rollouts: dict[int, Rollout] = {}

        def ask(more: Sequence[Request]) -> None:
            waiting.extend(enumerate(more, len(waiting) + len(places) + len(rollouts)))

        def end(place: int, rollout: Rollout) -> None:
            rollouts[place] = rollout
            ask(() if then is None else then(rollout))

        ask(requests)
        while True:
            ask(() if poll is None else poll(len(waiting) + len(places)))
            if not waiting and not places:
                return [rollouts[place] for place in range(len(rollouts))]
            while waiting and len(places) < self._most(waiting[0][1]):
                place, request = waiting.popleft()
                try:
                    places[self._engine.submit(request)] = place
                except OverloadedError:
                    end(place, _refused(request))
            for event in self._engine.step():
                if event.rollout is not None:
                    end(places.pop(event.request_id), event.rollout)

    def _most(self, request: Request) -> int:
        """Return how many requests the engine may hold, if this is the next one."""
        if request.budget.probe_every:
            return max(1, self._rows // 2)
        return sys.maxsize if request.budget.deadline_s is None else self._rows

    def speed(self, answer: int) -> Speed:
        """Measure the speed by which deadlines are planned, with answers of `answer` tokens."""
        self._engine.warm(answer)
        return self._engine.speed()

    def load_weights(self, weights: Weights) -> None:
        """Sample from `weights` from now on; the decoder's own tensors are not copied."""
        self._engine.load_weights(weights)


def _refused(request: Request) -> Rollout:
    """Return the empty rollout of a request whose deadline cannot be met."""
    return Rollout(
        request=request, thought=(), answer=(), logprobs=(), sampled=(),
        thought_end=ThoughtEnd.NONE, end=End.ERROR, versions=(), seconds=0.0,
    )  # fmt: skip


def markers(tokenizer: Tokenizer) -> Markers:
    """Return how this tokenizer's model opens and closes thoughts and ends answers."""
    schemas, text = Schemas(tokenizer), cache(lambda token: tokenizer.decode([token]))
    if tokenizer.think_open is None or tokenizer.think_close is None:
        return Markers(ends=tokenizer.eos, schemas=schemas, text=text)
    return Markers(
        open=(tokenizer.think_open,),
        close=(tokenizer.think_close,),
        cue=tuple(tokenizer.encode(CUE)),
        ends=tokenizer.eos,
        stops=frozenset(
            token for token, text in enumerate(tokenizer.texts()) if text.endswith(_SENTENCE_ENDS)
        ),
        schemas=schemas,
        text=text,
    )
