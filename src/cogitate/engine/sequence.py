"""One running request: its machine, its random numbers and where it stands in the cache."""

from collections.abc import Iterator

import numpy as np

from cogitate.engine.kv_cache import Slot
from cogitate.errors import UsageError
from cogitate.thinking.grammar import Matcher
from cogitate.thinking.latency import Pace
from cogitate.thinking.machine import Markers, Phase, ThinkingMachine
from cogitate.types import Request, Rollout


class SequenceState:
    """What the engine keeps of a request from `submit` to its end."""

    __slots__ = ("_matcher", "agreeing", "deadline", "length", "logprobs", "machine", "pace",
                 "probed", "request", "request_id", "scores", "slot", "started", "token",
                 "uniforms", "versions")  # fmt: skip

    slot: Slot
    """In the cache; it is given one when it begins to run."""

    def __init__(
        self, request_id: int, request: Request, markers: Markers, room: int, started: float
    ) -> None:
        """Stand before the prompt: nothing is in the cache yet. Times are of the engine's clock.

        Raises:
            UsageError: its schema cannot be followed.
        """
        self.request_id, self.request, self.started = request_id, request, started
        self.machine = ThinkingMachine(request.prompt, request.budget, markers, room)
        self._matcher = None
        if request.schema and markers.schemas is not None:
            self._matcher = markers.schemas.matcher(request.schema)
        seconds = request.budget.deadline_s
        self.deadline = None if seconds is None else started + seconds
        self.pace = Pace()
        self.length = len(request.prompt)
        self.token = request.prompt[-1]
        self.logprobs: list[float] = []
        self.scores: tuple[tuple[float, int, float], ...] = ()
        self.versions: list[tuple[int, int]] = []
        """Versions of the policy that wrote tokens so far, each with how many."""
        self.uniforms = uniforms(request.seed)
        self.probed: tuple[int, ...] = ()
        self.agreeing = 0
        """Probes in a row that gave the answer `probed`."""

    @property
    def follows(self) -> Matcher | None:
        """What says which tokens may come next; None where any may."""
        return self._matcher if self.machine.phase is Phase.ANSWER else None

    def push(self, token: int, logprob: float, now: float) -> None:
        """Take the next token."""
        self.token = token
        self.logprobs.append(logprob)
        if self.deadline is not None:
            self.pace.tick(now)
        if self.follows is not None:
            self.follows.push(token)
        self.machine.push(token)

    def sign(self, version: int) -> None:
        """Note who wrote the tokens that nobody has signed yet."""
        num = len(self.logprobs) - sum(num for _, num in self.versions)
        if num:
            self.versions.append((version, num))

    def rollout(self, version: int, now: float) -> Rollout:
        """Return what came of the request; `version` wrote its last tokens."""
        self.sign(version)
        machine = self.machine
        return Rollout(
            request=self.request,
            thought=tuple(machine.thought),
            answer=tuple(machine.answer),
            logprobs=tuple(self.logprobs),
            sampled=tuple(machine.sampled),
            thought_end=machine.thought_end,
            end=machine.end,
            versions=tuple(self.versions),
            seconds=now - self.started,
            prompt_scores=self.scores,
            looped=machine.looped,
        )


def uniforms(seed: int) -> Iterator[float]:
    """Yield the request's own random numbers in [0, 1), one a token, by Philox (SC'11)."""
    generator = np.random.Generator(np.random.Philox(key=seed))
    while True:
        yield from generator.random(64, dtype=np.float32).tolist()


def context_left(request: Request, markers: Markers, context: int, *, exact: bool) -> int:
    """Return the tokens that the context leaves behind a prompt.

    Raises:
        UsageError: there is no prompt, or no room for an answer; or it asks for what the exact
            mode cannot do.
    """
    left = context - len(request.prompt)
    if exact and request.budget.probe_every:
        raise UsageError("the exact mode probes no thoughts: where they ended would differ")
    if not request.prompt:
        raise UsageError("a prompt needs at least one token")
    if left < len(markers.close) + 2:
        raise UsageError(
            f"the prompt has {len(request.prompt)} tokens; with a thought and an answer the"
            f" model's context of {context} is too short: shorten the prompt"
        )
    return left
