"""The samplers of a cluster as one: each process is asked a chunk of requests at a time.

Ray makes a process that has died again and asks it the same chunk, with the weights that the chunk
names: requests hold their seeds, so that the rollouts are the same. A process whose machine is gone
is left out where no other machine takes it, until it is back; others are asked its chunk.
"""

import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

import ray
from ray.exceptions import RayTaskError
from ray.util.placement_group import PlacementGroup

from cogitate.errors import UsageError
from cogitate.hardware import Machine
from cogitate.notices import say
from cogitate.protocols import Poll, Then
from cogitate.rollout.answers import Answers
from cogitate.train.cluster.lost import LOST, first_line, raised
from cogitate.train.cluster.processes import Held
from cogitate.types import Request, Rollout, Weights

TRIES = 5
"""Times that a chunk is asked again before the run stops."""
LEAVE_OUT_S = 60.0
"""Seconds for Ray to make a process again whose machine is gone."""
_LOOK_S = 0.05
"""Seconds between two looks at verdicts, while samplers work."""
_NODES_S = 2.0
"""Seconds between two looks at machines."""


class SamplerPool:
    """Samplers in processes of their own."""

    def __init__(self, actors: Sequence[Any], group: PlacementGroup, rows: int) -> None:
        """Take actors, each in the bundle of its number, and the most rollouts of a chunk."""
        self._actors, self._group, self._rows = actors, group, rows
        self._latest = Weights(version=-1, tensors={})
        self._held: Sequence[ray.ObjectRef[Weights]] = ()
        self._serial = 0
        """Of the weights: after a rollback a version comes again, with other weights."""
        self._busy_s = [0.0] * len(actors)
        self._pids = [0] * len(actors)
        self._left_out: dict[int, ray.ObjectRef[Any]] = {}
        """Processes whose machine is gone, each with a call that ends once it is back."""

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
        self._take_back()
        answers = Answers(requests, then)
        free = [actor for actor in range(len(self._actors)) if actor not in self._left_out]
        asked: dict[ray.ObjectRef[Any], tuple[int, _Chunk]] = {}
        nodes = _Nodes(self._group)
        try:
            while True:
                for ref in nodes.gone({ref: actor for ref, (actor, _) in asked.items()}):
                    actor, chunk = asked.pop(ref)
                    self._leave_out(actor)
                    answers.waiting.extendleft(reversed(chunk))
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

    def machine(self) -> Machine:
        """Return what the first process has of its machine."""
        return ray.get(self._actors[0].machine.remote())

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

    def _leave_out(self, actor: int) -> None:
        """Ask a process no more until it is back.

        Raises:
            UsageError: it was the last one.
        """
        self._left_out[actor] = self._actors[actor].pid.remote()
        if len(self._left_out) == len(self._actors):
            raise UsageError("the machines of all samplers are gone: continue with --resume")
        say(f"sampler {actor}'s machine is gone, and no other takes it: it is left out")

    def _take_back(self) -> None:
        """Ask those again whose machines are back."""
        for actor, ping in [*self._left_out.items()]:
            back, _ = ray.wait([ping], timeout=0)
            try:
                if back and ray.get(back):
                    self._pids[actor] = 0
                    del self._left_out[actor]
                    say(f"sampler {actor} is back")
            except LOST:
                self._left_out[actor] = self._actors[actor].pid.remote()

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


class _Nodes:
    """Looks at machines now and then, and how long processes have had none that are waited for.

    Ray moves a bundle whose machine is gone to another one at once, if one has room.
    """

    def __init__(self, group: PlacementGroup) -> None:
        self._group = group
        self._looked, self._since = time.monotonic(), dict[Any, float]()

    def gone(self, asked: Mapping[Any, int]) -> list[Any]:
        """Return those of some calls whose process has had no machine for too long.

        Args:
            asked: calls, each with the number of its process.
        """
        now = time.monotonic()
        if now - self._looked < _NODES_S:
            return []
        self._looked = now
        alive = {node["NodeID"] for node in ray.nodes() if node["Alive"]}
        nodes = ray.util.placement_group_table(self._group)["bundles_to_node_id"]
        lost = [call for call, actor in asked.items() if nodes[actor] not in alive]
        self._since = {call: self._since.get(call, now) for call in lost}
        return [call for call, since in self._since.items() if now - since > LEAVE_OUT_S]


_Chunk = list[tuple[int, Request]]
"""Requests that one process is asked, with their places among the answers."""
