"""The sampler in this process: a loop over the engine."""

import sys
from collections.abc import Sequence
from functools import cache

from cogitate.engine.engine import Engine
from cogitate.errors import OverloadedError, UsageError
from cogitate.models.decoder import Decoder
from cogitate.protocols import Poll, Then
from cogitate.rollout.answers import Answers
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
        run, answers = _Run(self._engine, len(requests)), Answers(requests, then)
        try:
            while True:
                answers.ask(() if poll is None else poll(answers.num_left))
                if not answers.num_left:
                    return answers.results()
                while answers.waiting and len(run.places) < self._max_held(answers.waiting[0][1]):
                    run.submit(*answers.waiting.popleft(), answers)
                run.step(answers)
        finally:
            run.cancel()

    def _max_held(self, request: Request) -> int:
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


class _Run:
    """Requests on their way through an engine, each with its place among the answers."""

    def __init__(self, engine: Engine, num_first: int) -> None:
        self._engine, self._num_first = engine, num_first
        self.places: dict[int, int] = {}
        """Id of a request in the engine -> its place."""

    def submit(self, place: int, request: Request, answers: Answers) -> None:
        """Hand a request to the engine; a refusal ends it, and only of the first ones is raised."""
        try:
            self.places[self._engine.submit(request)] = place
        except OverloadedError:
            answers.end(place, refused(request))
        except UsageError:
            if place < self._num_first:
                raise
            answers.end(place, refused(request))  # what follows may outgrow the context

    def step(self, answers: Answers) -> None:
        for event in self._engine.step(tokens=False):
            if event.rollout is not None:
                answers.end(self.places.pop(event.request_id), event.rollout)

    def cancel(self) -> None:
        """Leave nothing in the engine, where something was raised."""
        for request_id in self.places:
            self._engine.cancel(request_id)


def refused(request: Request) -> Rollout:
    """Return the empty rollout of a request that cannot be begun, in time or in the context."""
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
