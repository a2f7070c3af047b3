"""Many askers over one sampler: each waits for its own rollouts, none for another's.

An asker is a generator. It yields requests and is sent their rollouts; or futures, such as pending
verdicts, and is sent their results; or other askers, and is sent what they return. Its requests
join those of all others at once, so that the sampler's batch stays full.
"""

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Generic, TypeVar, cast

from cogitate.protocols import Poll, Sampler, Then
from cogitate.types import Request, Rollout

T = TypeVar("T")

Asker = Generator[Sequence[Any], Sequence[Any], T]
"""Yields requests, futures or askers, one kind at a time."""

_PATIENCE_S = 0.1
"""Time that all wait for the results of one asker before they continue without it.

Quick verdicts arrive within it, so that which sequences share a batch does not depend on timing.
"""


def together(
    sampler: Sampler,
    askers: Sequence[Asker[T]],
    waiting: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> list[T]:
    """Return the askers' results, in order; their requests are rolled out together.

    `waiting` is a context for the time in which only results are waited for.
    """
    turns = _Turns(askers, waiting)
    try:
        first = [request for asker in range(len(askers)) for request in turns.go_on(asker, None)]
        sampler.sample(first, turns.then, turns.poll)
    finally:
        turns.cancel()
    return [turns.results[asker] for asker in range(len(askers))]


class Refusing:
    """A sampler of which a request without room is a refused rollout, also among the first.

    Example: together(Refusing(sampler), askers)
    """

    def __init__(self, sampler: Sampler) -> None:
        """Wrap a sampler."""
        self._sampler = sampler

    def sample(
        self, requests: Sequence[Request], then: Then | None = None, poll: Poll | None = None
    ) -> list[Rollout]:
        """Return the rollouts of all requests, and of those that `then` and `poll` add."""
        first = [*requests]

        def and_first(num_left: int) -> Sequence[Request]:
            asked = first.copy()
            first.clear()
            return [*asked, *(() if poll is None else poll(num_left + len(asked)))]

        return self._sampler.sample((), then, and_first)


class _Turns(Generic[T]):
    """Decides which asker continues when; an asker is identified by its index."""

    def __init__(
        self, askers: Sequence[Asker[T]], waiting: Callable[[], AbstractContextManager[None]]
    ) -> None:
        self.results: dict[int, T] = {}
        self._askers: list[Asker[Any]] = [*askers]
        self._waiting, self._patience_s = waiting, _PATIENCE_S
        self._asked_by: dict[int, tuple[int, int]] = {}
        """Asker -> (the asker that waits for it, place among those)."""
        self._arrived: dict[int, dict[int, Any]] = {}
        """Asker -> the results that it waits for so far, by place."""
        self._missing: dict[int, int] = {}
        """Asker -> the number of results still missing."""
        self._owners: dict[Request, list[tuple[int, int]]] = {}
        """Request -> (asker, place among its requests), once for each time it was yielded."""
        self._pending: dict[int, Sequence[Future[Any]]] = {}

    def go_on(self, asker: int, given: Sequence[Any] | None) -> Sequence[Request]:
        """Send an asker what it waited for; return the requests that follow."""
        while True:
            try:
                needed = self._askers[asker].send(cast("Sequence[Any]", given))
            except StopIteration as done:
                return self._finish(asker, done.value)
            given = ()
            if needed and isinstance(needed[0], Future):
                if not self._came(needed):
                    self._pending[asker] = needed
                    return ()
                given = [future.result() for future in needed]
            elif needed:
                self._arrived[asker], self._missing[asker] = {}, len(needed)
                if isinstance(needed[0], Generator):
                    return self._begin(asker, needed)
                for place, request in enumerate(needed):
                    self._owners.setdefault(request, []).append((asker, place))
                return needed

    def then(self, rollout: Rollout) -> Sequence[Request]:
        """Return the requests that follow a rollout, if it was the last that its asker needs."""
        return self._take(*self._owners[rollout.request].pop(0), rollout)

    def poll(self, num_left: int) -> Sequence[Request]:
        """Return the requests that follow results which have arrived; see `Poll`."""
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
        """Cancel all futures that are not done."""
        for future in self._unfinished():
            future.cancel()

    def _begin(self, asker: int, others: Sequence[Asker[Any]]) -> Sequence[Request]:
        """Start other askers, whose results an asker waits for; return their first requests."""
        first = len(self._askers)
        self._askers += others
        self._asked_by |= {first + place: (asker, place) for place in range(len(others))}
        numbers = range(first, first + len(others))
        return [request for other in numbers for request in self.go_on(other, None)]

    def _finish(self, asker: int, result: Any) -> Sequence[Request]:
        """Pass on what an asker returned; return the requests that follow."""
        if asker in self._asked_by:
            return self._take(*self._asked_by.pop(asker), result)
        self.results[asker] = result
        return ()

    def _take(self, asker: int, place: int, value: Any) -> Sequence[Request]:
        """Store one result of an asker; continue the asker once the last has arrived."""
        arrived = self._arrived[asker]
        arrived[place] = value
        self._missing[asker] -= 1
        if self._missing[asker]:
            return ()
        return self.go_on(asker, [arrived[place] for place in sorted(arrived)])

    def _came(self, futures: Sequence[Future[Any]]) -> bool:
        """Return whether results arrive in time; once some did not, later calls do not wait."""
        if not _are_done(futures):
            with self._waiting():
                self._patience_s *= not wait(futures, self._patience_s).not_done
        return _are_done(futures)

    def _unfinished(self) -> list[Future[Any]]:
        return [f for futures in self._pending.values() for f in futures if not f.done()]


def _are_done(futures: Sequence[Future[Any]]) -> bool:
    return all(future.done() for future in futures)
