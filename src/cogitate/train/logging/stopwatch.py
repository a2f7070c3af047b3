"""The time of a step by activity: rollout, verify, update, evaluate, checkpoint."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stopwatch:
    """Seconds by activity, since the last `take`."""

    def __init__(self) -> None:
        """Start at zero."""
        self._spent: dict[str, float] = {}
        self._began = time.perf_counter()
        self._running = _Running()

    @contextmanager
    def measure(self, what: str) -> Iterator[None]:
        """Add the time spent inside to `what`, without that of nested measurements."""
        start, inner_s = time.perf_counter(), self._running.inner_s
        inner_s.append(0.0)
        try:
            yield
        finally:
            total_s = time.perf_counter() - start
            own_s = total_s - inner_s.pop()
            self._spent[what] = self._spent.get(what, 0.0) + own_s
            if inner_s:
                inner_s[-1] += total_s

    @property
    def passed_s(self) -> float:
        """Seconds since the last `take`: less than the sum, where threads measure side by side."""
        return time.perf_counter() - self._began

    def take(self) -> dict[str, float]:
        """Return {"rollout_s": ..., ...} and reset."""
        self._began = time.perf_counter()
        spent, self._spent = self._spent, {}
        return {f"{what}_s": seconds for what, seconds in spent.items()}


class _Running(threading.local):
    """For each running measurement of a thread, the seconds of those nested in it."""

    def __init__(self) -> None:
        self.inner_s: list[float] = []
