"""A case of a user's test: it accepts what the test would accept."""

import builtins
import math
import re
from dataclasses import dataclass
from typing import Any, Literal, cast

from cogitate.sandbox import Case, Outcome, Raised, Returned
from cogitate.sandbox.values import same

Rule = Literal["equal", "exactly", "near", "true", "raises"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected(Case):
    """A call, and what a test says of its outcome.

    Values are compared as Python does: 1 is equal to True and to 1.0. They are plain, so that
    none can decide that itself.

    Example: Expected(call=Call(function="half", args=(3,)), expected=1.5, rule="near")
    """

    rule: Rule = "equal"
    """`exactly` is `is`; `true` is whether the value is true; `expected` of `raises` are names."""
    rel: float = 1e-6
    abs: float = 1e-12
    match: str | None = None
    """Pattern in an exception's message."""

    def accepts(self, outcome: Outcome) -> bool:
        """Return whether the test would pass."""
        if self.rule == "raises":
            return isinstance(outcome, Raised) and self._caught(outcome)
        return isinstance(outcome, Returned) and self._equal(outcome.value)

    @property
    def due(self) -> str:
        """What is due in place of an outcome that is not accepted."""
        if self.rule == "raises":
            return f"but has to raise {' or '.join(self.expected)}"
        if self.rule == "true":
            return f"not a {'true' if self.expected else 'false'} value"
        return f"not {'about ' if self.rule == 'near' else ''}{self.expected!r}"

    def _equal(self, value: Any) -> bool:
        if self.rule == "exactly":
            return same(value, self.expected)
        if self.rule == "true":
            return bool(value) is self.expected
        if self.rule == "near":
            return _near(value, self.expected, self.rel, self.abs)
        return bool(value == self.expected)

    def _caught(self, outcome: Raised) -> bool:
        is_kind = any(_is_a(outcome.kind, name) for name in self.expected)
        return is_kind and (self.match is None or bool(re.search(self.match, outcome.message)))


def _is_a(kind: str, name: str) -> bool:
    """Return whether an exception, by its name, is of another one's kind."""
    if kind == "NotPlain":  # it returned a value, which is not plain
        return False
    found, wanted = vars(builtins).get(kind), vars(builtins).get(name)
    if isinstance(found, type) and isinstance(wanted, type):
        return issubclass(found, wanted)
    return kind == name or (found is None and wanted in (Exception, BaseException))


def _near(value: Any, expected: Any, rel: float, within: float) -> bool:
    """Compare as `pytest.approx` does: numbers, and lists or dictionaries of numbers."""
    pairs: list[tuple[Any, Any]] = [(value, expected)]
    if isinstance(expected, dict):
        mine, known = cast("dict[Any, Any]", value), cast("dict[Any, Any]", expected)
        if type(value) is not dict or mine.keys() != known.keys():
            return False
        pairs = [(mine[key], known[key]) for key in known]
    elif isinstance(expected, list | tuple):
        ours, theirs = cast("list[Any]", value), cast("list[Any]", expected)
        if type(value) not in (list, tuple) or len(ours) != len(theirs):
            return False
        pairs = list(zip(ours, theirs, strict=True))
    return all(_near_number(one, other, rel, within) for one, other in pairs)


def _near_number(value: Any, expected: Any, rel: float, within: float) -> bool:
    if value == expected or not {type(value), type(expected)} <= {int, float}:
        return bool(value == expected)
    try:
        distance, most = abs(value - expected), max(rel * abs(expected), within)
    except OverflowError:  # an integer beyond all floats
        return False
    return math.isfinite(expected) and distance <= most
