"""One running request: its machine, its random numbers and where it stands in the cache."""

from collections.abc import Iterator

import numpy as np

from cogitate.rollout.pace import Pace
from cogitate.rollout.thinking import ThinkingMachine
from cogitate.types import Request, Rollout


class Row:
    """What the engine keeps of a request from `submit` to its end."""

    __slots__ = ("deadline", "length", "logprobs", "machine", "pace", "request", "request_id",
                 "scores", "started", "token", "uniforms")  # fmt: skip

    def __init__(self, request_id: int, request: Request, machine: ThinkingMachine, started: float):
        """Stand before the prompt: nothing is in the cache yet. Times are of the engine's clock."""
        self.request_id, self.request, self.machine = request_id, request, machine
        self.started = started
        seconds = request.budget.deadline_s
        self.deadline = None if seconds is None else started + seconds
        self.pace = Pace()
        self.length = len(request.prompt)
        self.token = request.prompt[-1]
        self.logprobs: list[float] = []
        self.scores: tuple[tuple[float, int, float], ...] = ()
        self.uniforms = uniforms(request.seed)

    def rollout(self, version: int, now: float) -> Rollout:
        """Return what came of the request."""
        machine = self.machine
        return Rollout(
            request=self.request,
            thought=tuple(machine.thought),
            answer=tuple(machine.answer),
            logprobs=tuple(self.logprobs),
            sampled=tuple(machine.sampled),
            thought_end=machine.thought_end,
            end=machine.end,
            version=version,
            seconds=now - self.started,
            prompt_scores=self.scores,
        )


def uniforms(seed: int) -> Iterator[float]:
    """Yield the request's own random numbers in [0, 1), one a token, by Philox (SC'11)."""
    generator = np.random.Generator(np.random.Philox(key=seed))
    while True:
        yield from generator.random(64, dtype=np.float32).tolist()
