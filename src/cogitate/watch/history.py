"""The metrics of the last steps of a phase, for the rules."""

import statistics
from collections.abc import Mapping, Sequence

NOW = 3
"""Number of steps that "now" covers, since a single step may be chance."""


class History:
    """Metrics of the last steps of one phase, oldest first, each over the steps that have it.

    Example: History(window=10).add({"entropy": 0.4})
    """

    def __init__(self, window: int) -> None:
        """Keep `window` values of each metric before those of now."""
        self._values: dict[str, list[float]] = {}
        self._first: dict[str, list[float]] = {}
        self.window = window

    def add(self, metrics: Mapping[str, float]) -> None:
        """Add one step."""
        for name, value in metrics.items():
            known = self._values.setdefault(name, [])
            known.append(value)
            del known[: -(self.window + NOW)]
            first = self._first.setdefault(name, [])
            if len(first) < NOW:
                first.append(value)

    def last(self, name: str, num: int) -> list[float]:
        """Return the last `num` values of a metric; an empty list if there are fewer."""
        values = self._values.get(name, [])
        return values[-num:] if len(values) >= num else []

    def now(self, name: str) -> float | None:
        """Return the mean over the last three steps; None before that."""
        return _mean(self.last(name, NOW))

    def first(self, name: str) -> float | None:
        """Return the mean over the first steps of the phase; None before them."""
        return _mean(self._first.get(name, []))

    def before(self, name: str) -> float | None:
        """Return the median over the window before now; None until it is full."""
        values = self.last(name, self.window + NOW)[: self.window]
        return statistics.median(values) if values else None

    def change(self, name: str) -> tuple[float, float] | None:
        """Return (before, now); None until both are known."""
        before, now = self.before(name), self.now(name)
        return None if before is None or now is None else (before, now)

    def to_json(self) -> dict[str, dict[str, list[float]]]:
        """Return the state for `restore`."""
        return {"last": _copied(self._values), "first": _copied(self._first)}

    def restore(self, found: Mapping[str, Mapping[str, Sequence[float]]]) -> None:
        """Restore the state of a checkpoint; an empty one is the start of a phase."""
        self._values = _copied(found.get("last", {}))
        self._first = _copied(found.get("first", {}))


def _copied(values: Mapping[str, Sequence[float]]) -> dict[str, list[float]]:
    return {name: list(known) for name, known in values.items()}


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None
