"""What an assertion expects, and whether a value meets it.

assert f(x) == 3  ->  a value that is seen, and Check(operator="==", expected=3).holds(value)

Values are plain, so that no `__eq__` of a candidate takes part.
"""

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "in": lambda left, right: left in right,
    "not in": lambda left, right: left not in right,
    "is": lambda left, right: left is right or (type(left) is type(right) and left == right),
    "is not": lambda left, right: not OPERATORS["is"](left, right),
    "same members": lambda left, right: sorted(map(repr, left)) == sorted(map(repr, right)),
    "matches": lambda left, right: re.search(right, left) is not None,
}
"""`is` between plain values: equal and of one type, since they were copied on the way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """A number, or numbers in a collection, with a tolerance.

    Example: pytest.approx(0.3) -> Near(value=0.3, relative=1e-6, absolute=1e-12)
    """

    value: Any
    relative: float
    absolute: float

    def __eq__(self, other: object) -> bool:
        """Return whether another value is near enough."""
        return self._near(self.value, other)

    __hash__ = None  # pyright: ignore

    def __repr__(self) -> str:
        """Return the value as it is written in a message."""
        return f"about {self.value!r}"

    def _near(self, value: Any, other: Any) -> bool:
        if isinstance(value, list | tuple):
            same_kind = isinstance(other, list | tuple) and len(other) == len(value)
            return same_kind and all(map(self._near, value, other))
        if isinstance(value, dict):
            return (
                isinstance(other, dict)
                and value.keys() == other.keys()
                and all(self._near(value[key], other[key]) for key in value)
            )
        if isinstance(value, int | float) and isinstance(other, int | float):
            limit = max(self.relative * abs(value), self.absolute)
            return value == other or abs(value - other) <= limit
        return bool(value == other)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What is expected of one value that a scenario sees.

    Example: Check(source="f(x) == 3", operator="==", expected=3, side="right")
    """

    source: str
    """The assertion, as in the test."""
    operator: str
    """One of `OPERATORS`, `true`, `false` or `raises`."""
    expected: Any = None
    """The value that stays here; for `raises` the names of exceptions and a pattern or None."""
    side: str = "right"
    """Where it stands: left, right, or none if both values are seen."""

    def holds(self, seen: Any) -> bool:
        """Return whether the assertion holds for what was seen."""
        try:
            return bool(self._holds(seen))
        except Exception:  # noqa: BLE001 — as 1 < "a" in a test
            return False

    def _holds(self, seen: Any) -> bool:
        match self.operator:
            case "true":
                return bool(seen)
            case "false":
                return not seen
            case "raises":
                names, pattern = self.expected
                if seen is None:
                    return False
                raised, message = seen
                known = not set(names).isdisjoint(raised)
                return known and (pattern is None or re.search(pattern, message) is not None)
            case kind:
                left, right = self._sides(seen)
                return OPERATORS[kind](left, right)

    def _sides(self, seen: Any) -> tuple[Any, Any]:
        if self.side == "none":
            return seen[0], seen[1]
        return (self.expected, seen) if self.side == "left" else (seen, self.expected)

    def fault(self, seen: Any) -> str:
        """Return what is wrong with a value that was seen.

        Example: "f(2) == 3, but f(2) gives 4"
        """
        if self.operator == "raises":
            what = " or ".join(self.expected[0])
            came = "nothing was raised" if seen is None else f"{seen[0][0]}: {seen[1]}"
            return f"{self.source} has to raise {what}, but: {came}"
        return f"{self.source}, but it gives {seen!r}"
