"""Many askers over one sampler: each waits for its own rollouts, none for another's.

An asker is a generator. It yields requests and is sent their rollouts, or futures, such as verdicts
that were begun, and is sent their results, or other askers and is sent what these return. Its
requests join those of all others at once, so that the sampler's batch stays full.
"""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Generic, TypeVar, cast

from cogitate.protocols import Sampler
from cogitate.types import Request, Rollout

T = TypeVar("T")

Asker = Generator[Sequence[Any], Sequence[Any], T]
"""Yields requests, futures or askers, one kind at a time."""

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
        self._askers: list[Asker[Any]] = [*askers]
        self._waiting, self._patience_s = waiting, _PATIENCE_S
        self._asked_by: dict[int, tuple[int, int]] = {}
        """Asker -> (the asker that waits for it, place among those)."""
        self._arrived: dict[int, dict[int, Any]] = {}
        """Asker -> what came of what it waits for, by place."""
        self._missing: dict[int, int] = {}
        """Asker -> how much of that is still to come."""
        self._owners: dict[Request, list[tuple[int, int]]] = {}
        """Request -> (asker, place among its requests), as often as it was asked for."""
        self._pending: dict[int, Sequence[Future[Any]]] = {}

    def go_on(self, asker: int, given: Sequence[Any] | None) -> Sequence[Request]:
        """Give an asker what it waited for, and return what is asked next."""
        while True:
            try:
                wanted = self._askers[asker].send(cast("Sequence[Any]", given))
            except StopIteration as done:
                return self._finish(asker, done.value)
            given = ()
            if wanted and isinstance(wanted[0], Future):
                if not self._came(wanted):
                    self._pending[asker] = wanted
                    return ()
                given = [future.result() for future in wanted]
            elif wanted:
                self._arrived[asker], self._missing[asker] = {}, len(wanted)
                if isinstance(wanted[0], Generator):
                    return self._begin(asker, wanted)
                for place, request in enumerate(wanted):
                    self._owners.setdefault(request, []).append((asker, place))
                return wanted

    def then(self, rollout: Rollout) -> Sequence[Request]:
        """Return what is asked next behind a rollout, if it was the last that was waited for."""
        return self._take(*self._owners[rollout.request].pop(0), rollout)

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

    def _begin(self, asker: int, others: Sequence[Asker[Any]]) -> Sequence[Request]:
        """Return what others ask first, for whose results an asker waits."""
        first = len(self._askers)
        self._askers += others
        self._asked_by |= {first + place: (asker, place) for place in range(len(others))}
        numbers = range(first, first + len(others))
        return [request for other in numbers for request in self.go_on(other, None)]

    def _finish(self, asker: int, result: Any) -> Sequence[Request]:
        """Hand on what an asker returned, and return what is asked for that."""
        if asker in self._asked_by:
            return self._take(*self._asked_by.pop(asker), result)
        self.results[asker] = result
        return ()

    def _take(self, asker: int, place: int, value: Any) -> Sequence[Request]:
        """Give an asker all that it waited for once the last of it is there."""
        arrived = self._arrived[asker]
        arrived[place] = value
        self._missing[asker] -= 1
        if self._missing[asker]:
            return ()
        return self.go_on(asker, [arrived[place] for place in sorted(arrived)])

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
