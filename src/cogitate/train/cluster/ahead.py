"""Batches sampled ahead: a thread samples the next ones while the learner updates.

    lead 1:   sample 0 | sample 1 | sample 2 | ...
                       | update 0 | update 1 | ...

Batch t is sampled from the weights after update t - lead, whatever the timing, so that a run can be
repeated. After a checkpoint is loaded the first batches have its weights.
"""

from collections.abc import Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from threading import RLock

from cogitate.protocols import Poll, Then
from cogitate.train.data.batch import Batch
from cogitate.train.plan import BatchSource, Phase
from cogitate.train.roles import TrainingSampler
from cogitate.types import Request, Rollout, Weights


class Ahead:
    """A sampler that also samples whole batches in advance.

    Example: ahead = Ahead(pool, lead=1); ahead.batch(phase, step)
    """

    def __init__(self, sampler: TrainingSampler, lead: int) -> None:
        """Take the sampler, which nothing else uses; its weights must not change under it."""
        self._sampler, self._lead = sampler, lead
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="ahead")
        self._lock = RLock()
        self._weights: dict[int, Weights] = {}
        """Those that a batch may still need, by version."""
        self._own: Weights | None = None
        """Those of the batch that is being sampled."""
        self._generation = 0
        """Of batches; those of an earlier one are not sampled any more."""
        self._begun: dict[int, Future[Batch]] = {}

    def load_weights(self, weights: Weights) -> None:
        """Take the newest weights."""
        self._weights[weights.version] = weights
        needed = [known for known in self._weights if known <= weights.version - self._lead]
        for version in sorted(needed)[:-1]:
            del self._weights[version]

    def sample(
        self, requests: Sequence[Request], then: Then | None = None, poll: Poll | None = None
    ) -> list[Rollout]:
        """Sample from the newest weights, once the batch that is being sampled is done."""
        with self._lock:
            weights = self._own or self._weights.get(max(self._weights, default=-1))
            if weights is not None:
                self._sampler.load_weights(weights)
            return self._sampler.sample(requests, then, poll)

    def batch(self, phase: Phase, step: int, offset: int = 0) -> Batch:
        """Return the batch of a step of the run, and begin those ahead of it.

        Args:
            phase: the phase of the step.
            step: number of updates done.
            offset: is added to the batch's number in its phase.
        """
        for number in range(step, min(step + self._lead + 1, phase.end)):
            if number not in self._begun:
                self._begun[number] = self._thread.submit(
                    self._sampled,
                    self._generation,
                    self._weights_of(max(phase.first, number - self._lead)),
                    phase.source,
                    number - phase.first + offset,
                )
        return self._begun.pop(step).result()

    def forget(self) -> None:
        """Drop all batches and weights; the batch that is being sampled is waited for."""
        self._generation += 1
        with self._lock:
            self._begun.clear()
            self._weights.clear()

    def close(self) -> None:
        """End the thread, once the batch that is being sampled is done."""
        self._thread.shutdown(cancel_futures=True)

    def _weights_of(self, version: int) -> Weights:
        """Return the weights of a version: after a step that taught nothing those before it.

        After a checkpoint is loaded there may be no older ones.
        """
        older = [known for known in self._weights if known <= version]
        return self._weights[max(older) if older else min(self._weights)]

    def _sampled(
        self, generation: int, weights: Weights, source: BatchSource, number: int
    ) -> Batch:
        with self._lock:
            if generation != self._generation:
                raise CancelledError
            self._own = weights
            try:
                return source.batch(number)
            finally:
                self._own = None
