"""The ranks of a cluster's learner as one learner."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import ray
from ray.exceptions import RayTaskError

from cogitate.errors import LearnerLost, UsageError
from cogitate.train.cluster.lost import GONE, LOST, first_line, is_cut_off, last_line, raised
from cogitate.train.cluster.processes import Held
from cogitate.types import Datum, Weights
from cogitate.update import fsdp

_START_S = 180.0
"""Seconds for all ranks to begin, imports included; there was room for them."""
_PING_S = 5.0
"""Seconds in which a rank that does not wait for another one answers."""


class LearnerGroup:
    """The ranks of the learner, called alike; see `Learner`."""

    def __init__(self, make: Callable[[int], Any], num: int) -> None:
        """Make `num` ranks by `make(rank)`."""
        self._make, self._num = make, num
        self._actors: list[Any] = []
        self._busy_s = [0.0] * num
        self.latest: Weights | None = None
        """The last weights that were published."""
        self.restart()

    def restart(self) -> None:
        """Make all ranks, in place of those there are; they know what a new run knows.

        Raises:
            LearnerLost: they cannot be made.
            UsageError: there is no room for all of them any more.
        """
        self.end()
        self._actors = [self._make(rank) for rank in range(self._num)]
        begun = [actor.pid.remote() for actor in self._actors]
        _, missing = ray.wait(begun, num_returns=len(begun), timeout=_START_S)
        if missing:
            raise UsageError(
                f"{len(missing)} of {self._num} learners found no machine in {_START_S:.0f} s:"
                " continue with --resume once there is room, or with fewer scale.learners"
            )
        (address,) = self._all("address", actors=self._actors[:1])
        refs = [a.join.remote(i, self._num, address) for i, a in enumerate(self._actors)]
        self._results(refs)

    def forward_backward(self, data: Sequence[Sequence[Datum]]) -> Mapping[str, float]:
        """Accumulate gradients; every rank is given the whole batch."""
        return self._timed("forward_backward", ray.put(data))

    def optim_step(self, lr: float) -> Mapping[str, float]:
        """Apply the gradients."""
        return self._timed("optim_step", lr)

    def publish(self, version: int) -> Weights:
        """Return the present weights, which stay in Ray's object store until they are read."""
        pairs = [actor.publish.remote(version) for actor in self._actors]
        self._results([went_well for went_well, _ in pairs])  # the weights are not fetched
        self.latest = Weights(version=version, tensors=Held(pairs[0][1]))
        return self.latest

    def save(self, folder: Path) -> None:
        """Write every rank's state to `folder`.

        Raises:
            CheckpointError: not all ranks can reach it.
        """
        self._all("save", folder.absolute())
        if self._num > 1:
            fsdp.need_whole(folder)

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        self._all("load", folder.absolute())

    def take_busy(self) -> list[float]:
        """Return the seconds that each rank has learned since the last call."""
        busy, self._busy_s = self._busy_s, [0.0] * self._num
        return busy

    def pids(self) -> list[int]:
        """Return the processes' numbers."""
        return self._all("pid")

    def end(self) -> None:
        """Kill the processes."""
        for actor in self._actors:
            with suppress(Exception):
                ray.kill(actor)

    def _timed(self, name: str, *given: Any) -> Mapping[str, float]:
        """Return the metrics of rank 0, and count the seconds of all."""
        results = self._all(name, *given)
        for rank, (_, seconds) in enumerate(results):
            self._busy_s[rank] += seconds
        return results[0][0]

    def _all(self, name: str, *given: Any, actors: Sequence[Any] | None = None) -> list[Any]:
        actors = self._actors if actors is None else actors
        return self._results([getattr(actor, name).remote(*given) for actor in actors])

    def _results(self, refs: Sequence["ray.ObjectRef[Any]"]) -> list[Any]:
        """Return all results; once a rank has failed the others may wait for it for ever.

        Raises:
            LearnerLost: a process has died.
        """
        waiting = list(refs)
        while waiting:
            done, waiting = ray.wait(waiting)
            try:
                ray.get(done)
            except (*LOST, *GONE) as error:
                raised(error)
                raise LearnerLost(f"a learner has died: {first_line(error)}") from error
            except RayTaskError as error:
                if self._have_died(error):
                    raise LearnerLost(f"a learner has died: {last_line(error)}") from error
                raised(error)
                raise
        return ray.get(list(refs))

    def _have_died(self, error: RayTaskError) -> bool:
        """Return whether a rank has failed because another one is gone.

        One that does not answer may also wait for the rank that failed.
        """
        refs = [actor.pid.remote() for actor in self._actors]
        done, silent = ray.wait(refs, num_returns=len(refs), timeout=_PING_S)
        try:
            ray.get(done)
        except LOST:
            return True
        return bool(silent) and is_cut_off(error)
