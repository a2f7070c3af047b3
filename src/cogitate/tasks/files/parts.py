"""The parts of a user's Python file that are capabilities of its family.

A capability with another signature is refused; a name that only resembles one gives a warning.
"""

import difflib
import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from cogitate.errors import UsageError
from cogitate.tasks.capabilities import CALLS, OF_ENV, OPTIONAL

_ADDED = tuple(name for name in OPTIONAL if name not in OF_ENV)
_ALIKE = 0.8
"""Similarity of two names (difflib's ratio) above which one is taken for a misspelling."""
_LONG = 5
"""Minimum number of letters of a name that is matched as a part of another."""


def capability_parts(where: str, names: Mapping[str, Any]) -> dict[str, Any]:
    """Return the capabilities among a file's names.

    Raises:
        UsageError: one has another signature; the message starts with `where`.
    """
    parts = {name: names[name] for name in _ADDED if names.get(name) is not None}
    for name, part in parts.items():
        takes = CALLS[name].takes
        if takes and not _can_take(part, len(takes)):
            raise UsageError(
                f"{where}: `{name}` must be callable as {_signature(name)};"
                " rename it if it is something else"
            )
    return parts


def unread_parts(names: Mapping[str, Any], module: str) -> list[str]:
    """Return a line for each public function or number that resembles a capability but is none.

    Names that another module than `module` defines are ignored as imports. Example:
    unread_parts({"derive": function}, "own") -> ["`derive` is not read: did you mean
    `derives(thought, answer)`?"]
    """
    return [
        f"`{name}` is not read: did you mean `{_signature(near)}`?"
        for name, value in names.items()
        if not name.startswith("_") and name not in CALLS
        if (callable(value) or isinstance(value, int))
        and getattr(value, "__module__", module) == module
        for near in _near(name)
    ]


def _near(name: str) -> Iterator[str]:
    near = difflib.get_close_matches(name, _ADDED, n=1, cutoff=_ALIKE)
    yield from near or [known for known in _ADDED if len(name) >= _LONG and name in known][:1]


def _signature(name: str) -> str:
    takes = CALLS[name].takes
    return f"{name}({', '.join(takes)})" if takes else name


def _can_take(part: Any, num: int) -> bool:
    try:
        inspect.signature(part).bind(*range(num))
    except TypeError:  # not a function, or one with other arguments
        return False
    except ValueError:  # it has no signature
        return True
    return True
