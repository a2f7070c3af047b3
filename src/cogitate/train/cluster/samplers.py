"""The samplers of a cluster as one: each process is asked a chunk of requests at a time.

Ray makes a process that has died again and asks it the same chunk, with the weights that the chunk
names: requests hold their seeds, so that the rollouts are the same.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import ray
from ray.exceptions import RayTaskError

from cogitate.errors import UsageError
from cogitate.notices import say
from cogitate.protocols import Poll, Then
from cogitate.rollout.answers import Answers
from cogitate.train.cluster.lost import LOST, first_line, raised
from cogitate.train.cluster.processes import Held
from cogitate.types import Request, Rollout, Weights

TRIES = 5
"""Times that a chunk is asked again before the run stops."""
_LOOK_S = 0.05
"""Seconds between two looks at verdicts, while samplers work."""


class SamplerPool:
    """Samplers in processes of their own."""

    def __init__(self, actors: Sequence[Any], rows: int) -> None:
        """Take the actors, and the most rollouts of a chunk."""
        self._actors, self._rows = actors, rows
        self._latest = Weights(version=-1, tensors={})
        self._held: Sequence[ray.ObjectRef[Weights]] = ()
        self._serial = 0
        """Of the weights: after a rollback a version comes again, with other weights."""
        self._busy_s = [0.0] * len(actors)
        self._pids = [0] * len(actors)

    def load_weights(self, weights: Weights) -> None:
        """Sample from these weights from now on; each process fetches them with its next chunk."""
        if weights is not self._latest:
            held = weights.tensors
            self._held = [held.ref if isinstance(held, Held) else ray.put(weights)]
            self._latest, self._serial = weights, self._serial + 1

    def sample(
        self, requests: Sequence[Request], then: Then | None = None, poll: Poll | None = None
    ) -> list[Rollout]:
        """Return the rollouts of all requests, and of those that `then` and `poll` add.

        Raises:
            UsageError: a chunk has killed its process again and again.
            LearnerLost: the weights that a process was to fetch are gone.
        """
        answers, free = Answers(requests, then), list(range(len(self._actors)))
        asked: dict[ray.ObjectRef[Any], tuple[int, _Chunk]] = {}
        try:
            while True:
                answers.ask(() if poll is None else poll(answers.num_left))
                if not answers.num_left:
                    return answers.results()
                while free and answers.waiting:
                    size = min(self._rows, -(-len(answers.waiting) // len(free)))
                    chunk = [answers.waiting.popleft() for _ in range(size)]
                    actor = free.pop(0)
                    is_first = all(place < len(requests) for place, _ in chunk)
                    asked[self._ask(actor, chunk, is_first)] = actor, chunk
                done, _ = ray.wait(list(asked), timeout=_LOOK_S)
                for ref in done:
                    actor, chunk = asked.pop(ref)
                    for place, rollout in self._taken(ref, actor, chunk):
                        answers.end(place, rollout)
                    free.append(actor)
        finally:
            for ref in asked:
                with suppress(Exception):
                    ray.cancel(ref)

    def take_busy(self) -> list[float]:
        """Return the seconds that each process has sampled since the last call."""
        busy, self._busy_s = self._busy_s, [0.0] * len(self._actors)
        return busy

    def greet(self) -> None:
        """Wait until all processes have loaded their models.

        Raises:
            CogitateError: one did not start.
        """
        self._pids = self.pids()

    def pids(self) -> list[int]:
        """Return the processes' numbers."""
        try:
            return ray.get([actor.pid.remote() for actor in self._actors])
        except LOST as error:
            raised(error)
            raise

    def end(self) -> None:
        """Kill the processes; what they are asked fails."""
        for actor in self._actors:
            with suppress(Exception):
                ray.kill(actor)

    def _ask(self, actor: int, chunk: "_Chunk", is_first: bool) -> "ray.ObjectRef[Any]":  # noqa: FBT001
        requests = [request for _, request in chunk]
        return self._actors[actor].sample.remote(self._held, self._serial, requests, is_first)

    def _taken(
        self, ref: "ray.ObjectRef[Any]", actor: int, chunk: "_Chunk"
    ) -> list[tuple[int, Rollout]]:
        """Return a chunk's rollouts with their places; say if their process is a new one."""
        try:
            rollouts, seconds, pid = ray.get(ref)
        except LOST as error:
            raised(error)
            raise UsageError(
                f"a sampler has died {TRIES} times on the same {len(chunk)} requests; its memory"
                f" may not suffice: {first_line(error)}"
            ) from error
        except RayTaskError as error:
            raised(error)
            raise
        if self._pids[actor] not in (0, pid):
            say(f"sampler {actor} died; it was made again, and asked the same again")
        self._pids[actor] = pid
        self._busy_s[actor] += seconds
        return [(place, rollout) for (place, _), rollout in zip(chunk, rollouts, strict=True)]


_Chunk = list[tuple[int, Request]]
"""Requests that one process is asked, with their places among the answers."""
