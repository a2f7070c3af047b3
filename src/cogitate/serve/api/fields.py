"""Finds the fields of a request that are not read, at any depth.

Fields are dotted paths, in which "*" stands for every item of a list.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, cast

Path = tuple[str, ...]


def unread(given: Mapping[str, Any], known: Iterable[str]) -> list[str]:
    """Return the dotted paths of all fields that are not known; nulls are ignored.

    A field is searched if `known` has paths inside it; else it is known as a whole.

    Example: unread({"a": {"b": 1, "c": 2}, "d": [{"e": 3}]}, ["a.b", "d.*"]) -> ["a.c"]
    """
    paths = {tuple(path.split(".")) for path in known}
    within = {(), *(path[:depth] for path in paths for depth in range(len(path)))}
    return sorted(".".join(path) for path in _unread(given, (), (), (paths, within)))


def _unread(
    value: Any, path: Path, pattern: Path, known: tuple[set[Path], set[Path]]
) -> Iterator[Path]:
    """Yield the paths in a value; `pattern` is its own path, with "*" for places in lists."""
    paths, within = known
    if pattern in within and isinstance(value, Mapping):
        for name, part in cast(Mapping[str, Any], value).items():
            yield from _unread(part, (*path, name), (*pattern, name), known)
    elif pattern in within and isinstance(value, list):
        for place, part in enumerate(cast(Sequence[Any], value)):
            yield from _unread(part, (*path, str(place)), (*pattern, "*"), known)
    elif pattern not in paths and value is not None:
        yield path


def at(given: Mapping[str, Any], path: str) -> Any:
    """Return the value at a dotted path, or None.

    Example: at({"a": {"b": 1}}, "a.b") -> 1
    """
    found: Any = given
    for name in path.split("."):
        found = cast(Mapping[str, Any], found).get(name) if isinstance(found, Mapping) else None
    return found
