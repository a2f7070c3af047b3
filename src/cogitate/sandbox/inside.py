"""The child's side: runs one program and its calls, and sends what comes of them.

The candidate shares this process and may take it over. Then it can send whatever it likes as
values, but no verdict: nothing here knows what is expected.
"""

import builtins
import io
import sys
from collections.abc import Callable
from types import ModuleType, TracebackType
from typing import Any

from cogitate.sandbox import frames
from cogitate.sandbox.values import NotPlain, decode, encode

NAME = "program"
"""Of the candidate's module; `__main__` blocks are not run."""
_FILE = "<program>"
_MESSAGE_CHARS = 500


class Printed(io.TextIOBase):
    """Standard output and error: keeps the first characters."""

    def __init__(self, room: int) -> None:
        """Take the maximum number of characters."""
        self._room = room
        self._parts: list[str] = []

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, text: str) -> int:
        """Keep what there is room for."""
        if self._room > 0:
            # As in a file, anything but text is a TypeError here and not later.
            self._parts.append(str.__getitem__(text, slice(self._room)))
            self._room -= len(text)
        return len(text)

    def take(self) -> str:
        """Return what was written since the last time."""
        text = "".join(self._parts)
        self._parts.clear()
        return text


def serve(channel: int) -> None:
    """Receive a job from the parent's `channel`, do it, and send a message for each of its parts.

    The first message says that all walls are up; it is sent before the candidate is read.
    """
    frames.send(channel, frames.pack({"ready": True}))
    job = frames.receive(channel)
    printed = Printed(job["stdout_chars"])
    sys.stdout = sys.stderr = printed
    room = job["output_bytes"]

    def report(work: Callable[[], Any]) -> bool:
        nonlocal room
        message = _outcome(work, room)
        data = frames.pack(message | {"printed": printed.take()})
        room -= len(data)  # the parent stops reading where this is exceeded
        frames.send(channel, data)
        return "value" in message

    module, clean = ModuleType(NAME), dict(vars(builtins))
    sys.modules[NAME] = module
    if report(lambda: exec(compile(job["program"], _FILE, "exec"), module.__dict__)):
        for function, args, kwargs, takes_builtins in job["calls"]:
            first = [clean] if takes_builtins else []
            report(lambda: _call(module, function, args, kwargs, first))  # noqa: B023 - at once


def _call(
    module: ModuleType, function: str, args: list[Any], kwargs: dict[str, Any], first: list[Any]
) -> Any:
    """Call with `first` and fresh arguments: what an earlier call did to its own is lost."""
    try:
        called = vars(module)[function]
    except KeyError:
        raise NameError(f"the program defines no function {function!r}") from None
    return called(
        *first, *map(decode, args), **{name: decode(value) for name, value in kwargs.items()}
    )


def _outcome(work: Callable[[], Any], room: int) -> dict[str, Any]:
    """Return the value of a call, or what it raised."""
    try:
        return {"value": encode(work(), room)}
    except NotPlain as error:
        return {"raised": ["NotPlain", str(error), None]}
    except BaseException as error:  # noqa: BLE001 - SystemExit is no success either
        return {"raised": [type(error).__name__[:_MESSAGE_CHARS], _message(error), _line(error)]}


def _message(error: BaseException) -> str:
    try:
        return str(error)[:_MESSAGE_CHARS]
    except BaseException:  # noqa: BLE001 - it is the candidate's own
        return "its message cannot be shown"


def _line(error: BaseException) -> int | None:
    """Return the innermost line of the program in the traceback, or that of a syntax error."""
    line = error.lineno if isinstance(error, SyntaxError) and error.filename == _FILE else None
    step: TracebackType | None = error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == _FILE:
            line = step.tb_lineno
        step = step.tb_next
    return line
