"""Where the time of a step goes: rollout, verify, update, evaluate, checkpoint."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Stopwatch:
    """Seconds by what they were spent on, since the last `take`."""

    def __init__(self) -> None:
        """Start at zero."""
        self._spent: dict[str, float] = {}

    @contextmanager
    def measure(self, what: str) -> Iterator[None]:
        """Add the time spent inside to `what`."""
        start = time.perf_counter()
        try:
            yield
        finally:
            self._spent[what] = self._spent.get(what, 0.0) + time.perf_counter() - start

    def take(self) -> dict[str, float]:
        """Return {"rollout_s": ..., ...} and start anew."""
        spent, self._spent = self._spent, {}
        return {f"{what}_s": seconds for what, seconds in spent.items()}
