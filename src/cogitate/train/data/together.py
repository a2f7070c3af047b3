"""Many askers over one sampler: each waits for its own rollouts, none for another's.

An asker is a generator that yields requests and is sent their rollouts; what it returns is its
result. Its next requests join those of all others at once, so that the sampler's batch stays full.
"""

from collections.abc import Generator, Sequence
from typing import TypeVar

from cogitate.types import Request, Rollout, Sampler

T = TypeVar("T")

Asker = Generator[Sequence[Request], Sequence[Rollout], T]


def together(sampler: Sampler, askers: Sequence[Asker[T]]) -> list[T]:
    """Return the askers' results, in their order, with all that they ask rolled out together."""
    results: dict[int, T] = {}
    missing: dict[int, int] = {}
    """Asker -> its rollouts that are still to come."""
    arrived: dict[int, dict[int, Rollout]] = {}
    owners: dict[Request, list[tuple[int, int]]] = {}
    """Request -> (asker, place among its requests), as often as it was asked for."""

    def go_on(asker: int, rollouts: Sequence[Rollout] | None) -> Sequence[Request]:
        try:
            requests = _resume(askers[asker], rollouts)
        except StopIteration as done:
            results[asker] = done.value
            return ()
        missing[asker], arrived[asker] = len(requests), {}
        for place, request in enumerate(requests):
            owners.setdefault(request, []).append((asker, place))
        return requests or go_on(asker, ())

    def then(rollout: Rollout) -> Sequence[Request]:
        asker, place = owners[rollout.request].pop(0)
        arrived[asker][place] = rollout
        missing[asker] -= 1
        if missing[asker]:
            return ()
        return go_on(asker, [arrived[asker][place] for place in sorted(arrived[asker])])

    first = [request for asker in range(len(askers)) for request in go_on(asker, None)]
    sampler.sample(first, then)
    return [results[asker] for asker in range(len(askers))]


def _resume(asker: Asker[T], rollouts: Sequence[Rollout] | None) -> Sequence[Request]:
    return next(asker) if rollouts is None else asker.send(rollouts)
