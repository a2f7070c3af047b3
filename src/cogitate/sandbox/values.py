"""Plain values: how they travel as JSON, and when two of them are the same.

    encode((1, {"a": nan}))  ->  {"tuple": [1, {"dict": [["a", {"float": "nan"}]]}]}
    same(True, 1)            ->  False

None, bool, int, float, str, bytes, list, tuple, set, frozenset and dict are plain, and only where
their type is exactly that: an instance of a subclass is no plain value. It needs only the standard
library, because both sides of the sandbox use it.
"""

import math
from collections.abc import Callable, Iterable
from typing import Any, cast

MAX_DEPTH = 50
"""Maximum nesting of a value."""
_COLLECTIONS = (list, tuple, set, frozenset, dict)
_JSON_INT = 2**53
"""Larger integers travel as hexadecimal text, whose conversion takes linear time."""
_WRITTEN_BITS = 10_000
"""Python refuses to write integers of more than 4,300 decimal digits, 14,284 bits."""


class NotPlain(Exception):
    """A value that is not plain, is nested too deeply, or is too large; the message says which."""


def encode(value: Any, room: int = 2**24) -> Any:
    """Return `value` as JSON data that keep its type.

    Args:
        value: a plain value.
        room: maximum size of the JSON text, in characters; an estimate from below.

    Raises:
        NotPlain: it cannot be encoded.
    """
    return _Encoder(room).encode(value, 0)


class _Encoder:
    """Encodes one value and stops when its room is used up, so that shared parts do not explode."""

    def __init__(self, room: int) -> None:
        self._room = room

    def encode(self, value: Any, depth: int) -> Any:
        kind = cast("type[Any]", type(value))
        if depth > MAX_DEPTH:
            raise NotPlain(f"a value is nested more than {MAX_DEPTH} deep")
        self._take(1)
        if value is None or kind is bool:
            return value
        if kind is str:
            self._take(len(value))
            return value
        if kind is bytes:
            self._take(2 * len(value))
            return {"bytes": value.hex()}
        if kind is int:
            self._take(value.bit_length() // 4)
            return value if -_JSON_INT < value < _JSON_INT else {"int": hex(value)}
        if kind is float:
            return value if math.isfinite(value) else {"float": repr(value)}
        return self._collection(value, kind, depth + 1)

    def _collection(self, value: Any, kind: type[Any], depth: int) -> Any:
        if kind is dict:
            # A list, in case that a caller's value changes meanwhile.
            pairs = [[self.encode(part, depth) for part in pair] for pair in list(value.items())]
            return {"dict": pairs}
        if kind not in _COLLECTIONS:
            raise NotPlain(f"{kind.__name__} is no plain value")
        parts = [self.encode(part, depth) for part in list(value)]
        return parts if kind is list else {kind.__name__: parts}

    def _take(self, size: int) -> None:
        self._room -= size
        if self._room < 0:
            raise NotPlain("a value is too large")


def decode(data: Any) -> Any:
    """Return the value of JSON data that `encode` made.

    Raises:
        ValueError: `encode` makes no such data.
    """
    try:
        return _decoded(data, 0)
    except (TypeError, ValueError, KeyError, RecursionError) as error:
        raise ValueError("these data are not an encoded value") from error


def _decoded(data: Any, depth: int) -> Any:
    if depth > 2 * MAX_DEPTH:
        raise ValueError("nested too deeply")
    if type(data) is list:
        return [_decoded(part, depth + 1) for part in cast("list[Any]", data)]
    if type(data) is not dict:
        return data
    ((kind, content),) = cast("dict[str, Any]", data).items()
    return _DECODERS[kind](content, depth + 1)


def _from_hex(text: str, _depth: int) -> int:
    return int(text, 16)


def _bytes(text: str, _depth: int) -> bytes:
    return bytes.fromhex(text)


def _special(text: str, _depth: int) -> float:
    return {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}[text]


def _dict(pairs: list[list[Any]], depth: int) -> dict[Any, Any]:
    return {_decoded(key, depth): _decoded(value, depth) for key, value in pairs}


def _parts(make: Callable[[Iterable[Any]], Any]) -> Callable[[list[Any], int], Any]:
    return lambda parts, depth: make([_decoded(part, depth) for part in parts])


_DECODERS: dict[str, Callable[[Any, int], Any]] = {
    "int": _from_hex,
    "float": _special,
    "bytes": _bytes,
    "tuple": _parts(tuple),
    "set": _parts(set),
    "frozenset": _parts(frozenset),
    "dict": _dict,
}


def spelled(value: Any) -> str:
    """Return a value as source text; equal sets and dictionaries have the same.

    Integers with more digits than Python writes are hexadecimal.
    """
    match value:
        case dict():
            pairs = sorted(f"{spelled(k)}: {spelled(v)}" for k, v in value.items())  # pyright: ignore
            return f"{{{', '.join(pairs)}}}"
        case set() | frozenset() if value:  # pyright: ignore
            members = f"{{{', '.join(sorted(map(spelled, value)))}}}"  # pyright: ignore
            return members if isinstance(value, set) else f"frozenset({members})"
        case list():
            return f"[{', '.join(map(spelled, value))}]"  # pyright: ignore
        case tuple():
            return f"({', '.join(map(spelled, value))}{',' * (len(value) == 1)})"  # pyright: ignore
        case int() if value.bit_length() > _WRITTEN_BITS:
            return hex(value)
        case _:
            return repr(value)


def same(value: Any, other: Any, tolerance: float = 0.0) -> bool:
    """Return whether two plain values are equal and of the same types throughout.

    True is not 1, 1 is not 1.0, and a tuple is not a list. NaN is the same as NaN, and 0.0 as
    -0.0. The order of a set or dict does not matter. Floats may differ by `tolerance`, relative to
    the larger one or to 1; keys and members of sets may not.
    """
    kind = cast("type[Any]", type(value))
    if kind is not type(other):
        return False
    if kind is float:
        return _near(value, other, tolerance)
    if kind in _COLLECTIONS and len(value) != len(other):
        return False
    if kind in (list, tuple):
        return all(same(a, b, tolerance) for a, b in zip(value, other, strict=True))
    if kind is dict:
        ours, theirs = ({_typed(k): v for k, v in d.items()} for d in (value, other))
        keys = ours.keys() == theirs.keys()
        return keys and all(same(v, theirs[k], tolerance) for k, v in ours.items())
    return _typed(value) == _typed(other)


def _near(value: float, other: float, tolerance: float) -> bool:
    if math.isfinite(value) and math.isfinite(other):
        return abs(value - other) <= tolerance * max(1.0, abs(value), abs(other))
    return value == other or (math.isnan(value) and math.isnan(other))


def _typed(value: Any) -> Any:
    """Return a hashable value that tells types apart and equals itself also for NaN."""
    kind = cast("type[Any]", type(value))
    if kind is tuple:
        return kind, tuple(map(_typed, value))
    if kind in (set, frozenset):
        return kind, frozenset(map(_typed, value))
    return kind, None if value != value else value
