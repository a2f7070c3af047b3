"""What an assertion expects, and whether values meet it.

assert 0 < f(x) == 3  ->  a value that is seen, and
                          Check(operators=("<", "=="), operands=(0, SEEN, 3)).holds([value])

Values are plain, so that no `__eq__` of a candidate takes part.
"""

import math
import operator
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from cogitate.sandbox.values import spelled


class Seen:
    """Stands for a value that is seen beside the candidate."""


SEEN = Seen()
TRUE, FALSE, RAISES = "true", "false", "raises"


def _same_members(left: Any, right: Any) -> bool:
    rest = list(right)
    for member in left:
        if member not in rest:
            return False
        rest.remove(member)
    return not rest


OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "is": operator.is_,
    "in": lambda left, right: left in right,
    "not in": lambda left, right: left not in right,
    "same members": _same_members,
    "same items": lambda left, right: list(left) == list(right),
    "matches": lambda left, right: re.search(right, left) is not None,
}


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
            return value == other or (math.isfinite(limit) and abs(value - other) <= limit)
        return bool(value == other)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What is expected of the values that an assertion sees.

    Example: Check(source="f(x) == 3", operators=("==",), operands=(SEEN, 3))
    """

    source: str
    """The assertion, as in the test."""
    operators: tuple[str, ...]
    """Between operands; or one of `TRUE`, `FALSE` and `RAISES`."""
    operands: tuple[Any, ...] = (SEEN,)
    """`SEEN`, or the value that stays here; for `RAISES` a pattern of the message, or None."""

    @property
    def kept(self) -> tuple[Any, ...]:
        """The values that stay here."""
        values = [one for one in self.operands if one is not SEEN]
        return tuple(one.value if isinstance(one, Near) else one for one in values)

    def holds(self, seen: Sequence[Any]) -> bool:
        """Return whether the assertion holds for what was seen, in the order of the operands."""
        try:
            return self._holds(seen)
        except Exception:  # noqa: BLE001 — as 1 < "a" in a test
            return False

    def _holds(self, seen: Sequence[Any]) -> bool:
        match self.operators:
            case ("true",):
                return seen[0] is True
            case ("false",):
                return seen[0] is False
            case ("raises",):
                is_kind, _, message = seen
                pattern = self.operands[0]
                return is_kind is True and (pattern is None or bool(re.search(pattern, message)))
            case _:
                pairs = pairwise(self._values(seen))
                return all(
                    OPERATORS[name](left, right)
                    for name, (left, right) in zip(self.operators, pairs, strict=True)
                )

    def _values(self, seen: Sequence[Any]) -> Iterator[Any]:
        rest = iter(seen)
        for operand in self.operands:
            yield next(rest) if operand is SEEN else operand

    def fault(self, seen: Sequence[Any]) -> str:
        """Return what is wrong with values that were seen.

        Example: "f(2) == 3, but it gives 4"
        """
        if self.operators != (RAISES,):
            came = f"it gives {', '.join(map(spelled, seen))}"
        else:
            told = ": ".join(one if isinstance(one, str) else spelled(one) for one in seen[1:])
            came = f"{told} was raised" if seen else "nothing was raised"
        return f"{self.source}, but {came}"
