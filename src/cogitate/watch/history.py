"""The last steps of a phase, as rules look at them."""

import statistics
from collections import deque
from collections.abc import Mapping, Sequence

NOW = 3
"""Steps that "now" means: one alone may be chance."""


class History:
    """Metrics of the last steps of one phase, oldest first.

    Example: History(window=10).add({"entropy": 0.4})
    """

    def __init__(self, window: int) -> None:
        """Remember `window` steps before those that count as now."""
        self._steps: deque[dict[str, float]] = deque(maxlen=window + NOW)
        self.window = window

    def add(self, metrics: Mapping[str, float]) -> None:
        """Take in one step."""
        self._steps.append(dict(metrics))

    def last(self, name: str, num: int) -> list[float]:
        """Return a metric in the last `num` steps, or nothing where there are fewer of them."""
        steps = list(self._steps)[-num:]
        found = [step[name] for step in steps if name in step]
        return found if len(found) == num else []

    def now(self, name: str) -> float | None:
        """Return the mean over the last three steps; None where there are none as yet."""
        return _mean(self.last(name, NOW))

    def before(self, name: str) -> float | None:
        """Return the median over the window before now; None until it is full."""
        values = self.last(name, self.window + NOW)[: self.window]
        return statistics.median(values) if values else None

    def change(self, name: str) -> tuple[float, float] | None:
        """Return (before, now) once both are known."""
        before, now = self.before(name), self.now(name)
        return None if before is None or now is None else (before, now)

    def to_json(self) -> list[dict[str, float]]:
        """Return what `restore` takes."""
        return list(self._steps)

    def restore(self, steps: Sequence[Mapping[str, float]]) -> None:
        """Go back to what a checkpoint holds; nothing is the start of a phase."""
        self._steps.clear()
        self._steps.extend(map(dict, steps))


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
