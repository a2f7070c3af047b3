"""Many askers over one sampler: each waits for its own rollouts, none for another's.

An asker is a generator. It yields requests and is sent their rollouts, or yields futures, such as
verdicts that were begun, and is sent their results; what it returns is its result. Its requests
join those of all others at once, so that the sampler's batch stays full.
"""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Generic, TypeVar, cast

from cogitate.types import Request, Rollout, Sampler

T = TypeVar("T")

Asker = Generator[Sequence[Request] | Sequence[Future[Any]], Sequence[Any], T]

_PATIENCE_S = 0.1
"""So long all wait for the results of one, before they go on without it.

Quick verdicts come within that time: which rows share a batch is then not a matter of timing.
"""


def together(
    sampler: Sampler,
    askers: Sequence[Asker[T]],
    waiting: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> list[T]:
    """Return the askers' results, in their order, with all that they ask rolled out together.

    Nothing is sampled inside `waiting`, where only results are waited for.
    """
    turns = _Turns(askers, waiting)
    try:
        first = [request for asker in range(len(askers)) for request in turns.go_on(asker, None)]
        sampler.sample(first, turns.then, turns.poll)
    finally:
        turns.cancel()
    return [turns.results[asker] for asker in range(len(askers))]


class _Turns(Generic[T]):
    """Who goes on when; an asker is known by its place."""

    def __init__(
        self, askers: Sequence[Asker[T]], waiting: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self.results: dict[int, T] = {}
        self._askers, self._waiting, self._patience_s = askers, waiting, _PATIENCE_S
        self._missing: dict[int, int] = {}
        """Asker -> its rollouts that are still to come."""
        self._arrived: dict[int, dict[int, Rollout]] = {}
        self._owners: dict[Request, list[tuple[int, int]]] = {}
        """Request -> (asker, place among its requests), as often as it was asked for."""
        self._pending: dict[int, Sequence[Future[Any]]] = {}

    def go_on(self, asker: int, given: Sequence[Any] | None) -> Sequence[Request]:
        """Give an asker what it waited for, and return what it asks next."""
        while True:
            try:
                wanted = self._askers[asker].send(cast("Sequence[Any]", given))
            except StopIteration as done:
                self.results[asker] = done.value
                return ()
            futures = [one for one in wanted if isinstance(one, Future)]
            if not futures and wanted:
                requests = cast("Sequence[Request]", wanted)
                self._missing[asker], self._arrived[asker] = len(requests), {}
                for place, request in enumerate(requests):
                    self._owners.setdefault(request, []).append((asker, place))
                return requests
            if not self._came(futures):
                self._pending[asker] = futures
                return ()
            given = [future.result() for future in futures]

    def then(self, rollout: Rollout) -> Sequence[Request]:
        """Return what the rollout's asker asks next, if it was the last one that it waited for."""
        asker, place = self._owners[rollout.request].pop(0)
        self._arrived[asker][place] = rollout
        self._missing[asker] -= 1
        if self._missing[asker]:
            return ()
        return self.go_on(asker, [self._arrived[asker][i] for i in sorted(self._arrived[asker])])

    def poll(self, num_left: int) -> Sequence[Request]:
        """Return what those ask next whose results have come; see `Poll`."""
        while self._pending:
            ready = [asker for asker, futures in self._pending.items() if _are_done(futures)]
            requests = [
                request
                for asker in sorted(ready)
                for request in self.go_on(asker, [f.result() for f in self._pending.pop(asker)])
            ]
            if requests or num_left:
                return requests
            if not ready:
                with self._waiting():
                    wait(self._unfinished(), return_when=FIRST_COMPLETED)
        return ()

    def cancel(self) -> None:
        """Begin nothing more of what is still waited for."""
        for future in self._unfinished():
            future.cancel()

    def _came(self, futures: Sequence[Future[Any]]) -> bool:
        """Say whether results are there, or come soon; once some did not, none are waited for."""
        if not _are_done(futures):
            with self._waiting():
                self._patience_s *= not wait(futures, self._patience_s).not_done
        return _are_done(futures)

    def _unfinished(self) -> list[Future[Any]]:
        return [f for futures in self._pending.values() for f in futures if not f.done()]


def _are_done(futures: Sequence[Future[Any]]) -> bool:
    return all(future.done() for future in futures)
