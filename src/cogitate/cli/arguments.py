"""Arguments to a typed value by tyro, with its errors reduced to one line."""

import contextlib
import io
import itertools
import re
import sys
from typing import Any, TypeVar

import tyro

from cogitate.errors import UsageError

T = TypeVar("T")

HELP_INDENT = " " * 8
"""Before the help text of an option, in tyro's error boxes."""


def parse(kind: type[T], args: list[str], verb: str, default: T | None = None) -> T:
    """Return `kind` built from the arguments of a verb; print its help and exit on --help.

    Raises:
        UsageError: an unknown option, a missing or a wrong value.
    """
    said = io.StringIO()
    given: dict[str, Any] = {} if default is None else {"default": default}
    try:
        with contextlib.redirect_stderr(said):
            return tyro.cli(
                kind,
                args=args,
                prog=f"cogitate {verb}",
                config=(tyro.conf.FlagCreatePairsOff,),
                **given,
            )
    except SystemExit as stop:
        if not stop.code:
            raise
    raise UsageError(f"{one_line(said.getvalue())} (see cogitate {verb} --help)")


def one_line(box: str) -> str:
    """Return the first statement of tyro's error box, and its suggestion, without help texts.

    Example: "unrecognized options: --stps, 3; perhaps you meant --steps INT"
    """
    lines = [line.rstrip() for line in re.sub(r"\x1b\[[0-9;]*m", "", box).splitlines()]
    framed = lines[0].startswith("╭")  # where standard output is UTF-8; else title and rule
    rows = [line[2:].rstrip(" │") for line in (lines[1:-1] if framed else lines[2:])]
    parts: list[list[str]] = [[]]
    for row in rows:
        if row.startswith(("──", "--")) and not row.strip("─-"):
            parts.append([])
        elif row and not row.startswith(HELP_INDENT):
            parts[-1].append(row.strip())
    statement = " ".join(row for row in parts[0] if row != "(required)")
    for row, following in itertools.pairwise(itertools.chain.from_iterable(parts)):
        if row.startswith("Perhaps you meant"):
            statement += f"; perhaps you meant {following}"
            break
    return statement[:1].lower() + statement[1:]


def first_line(defined: Any) -> str:
    """Return the first line of the docstring of the module that defines a function or class."""
    return (sys.modules[defined.__module__].__doc__ or "").partition("\n")[0]
