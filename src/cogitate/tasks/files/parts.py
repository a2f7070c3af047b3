"""Which parts of a user's Python file are capabilities of its family.

One that cannot be called as it will be is refused; what only looks like one is told.
"""

import difflib
import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from cogitate.errors import UsageError
from cogitate.tasks.capabilities import CALLS, OF_ENV, OPTIONAL

_ADDED = tuple(name for name in OPTIONAL if name not in OF_ENV)
_ALIKE = 0.8
"""Of two names, above which one is taken for the other misspelled (difflib's ratio)."""
_LONG = 5
"""Letters of a name that counts as a part of another's."""


def capability_parts(where: str, names: Mapping[str, Any]) -> dict[str, Any]:
    """Return the capabilities among a file's names.

    Raises:
        UsageError: one cannot be called as it will be; starts with `where`.
    """
    parts = {name: names[name] for name in _ADDED if names.get(name) is not None}
    for name, part in parts.items():
        takes = CALLS[name].takes
        if takes and not _can_take(part, len(takes)):
            raise UsageError(
                f"{where}: `{name}` is called as {_signature(name)}, which it cannot be;"
                " rename it if it is something else"
            )
    return parts


def unread_parts(names: Mapping[str, Any], module: str) -> list[str]:
    """Return a line for each public function or number that seems to be a capability and is none.

    What another module than `module` defines was only imported. Example:
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
    except TypeError:  # no function, or one of other arguments
        return False
    except ValueError:  # it does not say what it takes
        return True
    return True
