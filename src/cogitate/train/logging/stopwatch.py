"""The time of a step by activity: rollout, verify, update, evaluate, checkpoint."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stopwatch:
    """Seconds by activity, since the last `take`."""

    def __init__(self) -> None:
        """Start at zero."""
        self._spent: dict[str, float] = {}
        self._inner_s: list[float] = []
        """For each running measurement, the seconds of those nested in it."""

    @contextmanager
    def measure(self, what: str) -> Iterator[None]:
        """Add the time spent inside to `what`, without that of nested measurements."""
        start = time.perf_counter()
        self._inner_s.append(0.0)
        try:
            yield
        finally:
            total_s = time.perf_counter() - start
            own_s = total_s - self._inner_s.pop()
            self._spent[what] = self._spent.get(what, 0.0) + own_s
            if self._inner_s:
                self._inner_s[-1] += total_s

    def take(self) -> dict[str, float]:
        """Return {"rollout_s": ..., ...} and reset."""
        spent, self._spent = self._spent, {}
        return {f"{what}_s": seconds for what, seconds in spent.items()}
