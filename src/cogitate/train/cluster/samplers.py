"""The samplers of a cluster as one: each process is asked a chunk of requests at a time."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import ray
from ray import exceptions

from cogitate.errors import UsageError
from cogitate.notices import say
from cogitate.protocols import Poll, Then
from cogitate.rollout.answers import Answers
from cogitate.train.cluster.processes import Held, first_line
from cogitate.types import Request, Rollout, Weights

_LOOK_S = 0.05
"""Seconds between two looks at verdicts, while samplers work."""
_TRIES = 5
"""Times that a chunk is asked before the run stops."""


class SamplerPool:
    """Samplers in processes of their own, each asked a chunk at a time."""

    def __init__(self, actors: Sequence[Any], rows: int) -> None:
        """Take the actors, and the most rollouts of a chunk."""
        self._actors, self._rows = actors, rows
        self._latest = Weights(version=-1, tensors={})
        self._held: Sequence[ray.ObjectRef[Weights]] = ()
        self._busy_s = [0.0] * len(actors)

    def load_weights(self, weights: Weights) -> None:
        """Sample from these weights from now on; each process fetches them with its next chunk."""
        if weights is not self._latest:
            held = weights.tensors
            self._held = [held.ref if isinstance(held, Held) else ray.put(weights)]
            self._latest = weights

    def sample(
        self, requests: Sequence[Request], then: Then | None = None, poll: Poll | None = None
    ) -> list[Rollout]:
        """Return the rollouts of all requests, and of those that `then` and `poll` add.

        Raises:
            UsageError: a chunk has killed its process again and again.
        """
        answers, free = Answers(requests, then), list(range(len(self._actors)))
        asked: dict[ray.ObjectRef[Any], _Chunk] = {}
        try:
            while True:
                answers.ask(() if poll is None else poll(answers.num_left))
                if not answers.num_left:
                    return answers.results()
                while free and answers.waiting:
                    actor, size = free[0], -(-len(answers.waiting) // len(free))
                    chunk = _Chunk(free.pop(0), _first(answers, min(size, self._rows)))
                    asked[self._ask(actor, chunk)] = chunk
                done, _ = ray.wait(list(asked), timeout=_LOOK_S)
                for ref in done:
                    self._take(ref, asked, free, answers)
        finally:
            for ref in asked:
                with suppress(Exception):
                    ray.cancel(ref)

    def take_busy(self) -> list[float]:
        """Return the seconds that each process has sampled since the last call."""
        busy, self._busy_s = self._busy_s, [0.0] * len(self._actors)
        return busy

    def pids(self) -> list[int]:
        """Return the processes' numbers."""
        return ray.get([actor.pid.remote() for actor in self._actors])

    def _ask(self, actor: int, chunk: "_Chunk") -> "ray.ObjectRef[Any]":
        chunk.tries += 1
        requests = [request for _, request in chunk.asked]
        return self._actors[actor].sample.remote(self._held, self._latest.version, requests)

    def _take(
        self,
        ref: "ray.ObjectRef[Any]",
        asked: "dict[ray.ObjectRef[Any], _Chunk]",
        free: list[int],
        answers: Answers,
    ) -> None:
        """Take a chunk's rollouts; ask it again if its process has died."""
        chunk = asked.pop(ref)
        try:
            rollouts, seconds = ray.get(ref)
        except exceptions.RayActorError as error:
            if chunk.tries == _TRIES:
                raise UsageError(
                    f"a sampler has died {_TRIES} times on the same {len(chunk.asked)} requests;"
                    f" its memory may not suffice: {first_line(error)}"
                ) from error
            say(f"sampler {chunk.actor} died; it is made again, and asked the same again")
            asked[self._ask(chunk.actor, chunk)] = chunk
            return
        self._busy_s[chunk.actor] += seconds
        free.append(chunk.actor)
        for (place, _), rollout in zip(chunk.asked, rollouts, strict=True):
            answers.end(place, rollout)


class _Chunk:
    """Requests that one process was asked, with their places among the answers."""

    def __init__(self, actor: int, asked: list[tuple[int, Request]]) -> None:
        self.actor, self.asked, self.tries = actor, asked, 0


def _first(answers: Answers, most: int) -> list[tuple[int, Request]]:
    """Take the first requests off those that wait; the rollouts of a prompt stay together."""
    taken = [answers.waiting.popleft() for _ in range(min(most, len(answers.waiting)))]
    while answers.waiting and answers.waiting[0][1].prompt == taken[-1][1].prompt:
        taken.append(answers.waiting.popleft())
    return taken
