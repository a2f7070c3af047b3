"""Arguments to a typed value by tyro, with its errors reduced to one line; and a faster start."""

import contextlib
import dataclasses
import gc
import io
import itertools
import os
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

import tyro

from cogitate.config.migrations import renamed_flag
from cogitate.disk import given, result_kind
from cogitate.errors import UsageError

T = TypeVar("T")

Device = Annotated[Literal["auto", "cpu", "cuda"], tyro.conf.arg(aliases=["--run.device"])]
"""Where to compute; also by the name that it has in `train`."""

SandboxLevel = Annotated[
    Literal["none", "process", "seccomp", "full"], tyro.conf.arg(name="sandbox.level")
]
"""Minimum level of the sandbox, by the name that it has in `train`."""

HELP_INDENT = " " * 8
"""Before the help text of an option, in tyro's error boxes."""


@contextlib.contextmanager
def starting() -> Iterator[None]:
    """Import and load without garbage collection: a fifth of that time, for little."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def parse(kind: type[T], args: list[str], verb: str, default: T | None = None) -> T:
    """Return `kind` built from the arguments of a verb; print its help and exit on --help.

    Raises:
        UsageError: an unknown or renamed option, a missing or invalid value.
    """
    _refuse_renamed(args)
    said = io.StringIO()
    defaults: dict[str, Any] = {} if default is None else {"default": default}
    try:
        with contextlib.redirect_stderr(said):
            parsed = tyro.cli(
                kind,
                args=args,
                prog=f"cogitate {verb}",
                config=(tyro.conf.FlagCreatePairsOff,),
                **defaults,
            )
        return _with_paths(parsed)
    except SystemExit as stop:
        if not stop.code:
            raise
    raise UsageError(f"{one_line(said.getvalue())} (see cogitate {verb} --help)")


def _refuse_renamed(args: Iterable[str]) -> None:
    """Refuse an option of an earlier version, with its present name."""
    for flag in (arg.partition("=")[0] for arg in args if arg.startswith("--")):
        if new := renamed_flag(flag):
            raise UsageError(f"{flag} is now {new}")


def _with_paths(options: T) -> T:
    """Return options with ~ expanded in paths, which shells do not do in --out=~/runs."""
    assert dataclasses.is_dataclass(options)
    assert not isinstance(options, type)
    values = {field.name: getattr(options, field.name) for field in dataclasses.fields(options)}
    paths = {name: given(value) for name, value in values.items() if isinstance(value, Path)}
    return dataclasses.replace(options, **paths)


def family_names(text: str) -> list[str]:
    """Return the names in a list with commas; a file whose name has commas stays whole.

    Example: family_names("arithmetic, a,b.jsonl") -> ["arithmetic", "a,b.jsonl"]
    """
    words, names = text.split(","), []
    while words:
        ends = range(len(words), 0, -1)
        end = next((n for n in ends if _is_file(",".join(words[:n]).strip())), 1)
        names.append(",".join(words[:end]).strip())
        words = words[end:]
    return [name for name in names if name]


def _is_file(name: str) -> bool:
    """Tell whether a path is a file's; a list of names may be longer than any file's name."""
    return os.path.isfile(given(name))  # noqa: PTH113 - Path.is_file raises for such a name


def need_target(option: str, path: Path | None, kind: str, reads: Iterable[Path] = ()) -> None:
    """Refuse, before any work is done, an output file that cannot or must not be written.

    Args:
        option: by which the file was named.
        path: the file; None if the option was not given.
        kind: the result that is written, as `disk.result_kind` tells them: no other is replaced.
        reads: files that are read.

    Raises:
        UsageError: the folder is missing, the file is another, or it is in `reads`.
    """
    if path is None:
        return
    if path.resolve() in [read.resolve() for read in reads]:
        raise UsageError(f"{option}: {path} is read as well; name another file")
    need_writable(option, path)
    if path.is_file() and path.stat().st_size and (found := result_kind(path)) != kind:
        other = "another result" if found else "what cogitate did not write"
        raise UsageError(f"{option}: {path} holds {other}; name another file")


def need_writable(option: str, path: Path) -> None:
    """Refuse, before any work is done, a file that cannot be written.

    Raises:
        UsageError: the folder is missing, it is a folder, or the system does not allow it.
    """
    folder = path.resolve().parent
    if not folder.is_dir():
        raise UsageError(f"{option}: there is no folder {folder}")
    if path.is_dir():
        raise UsageError(f"{option}: {path} is a folder; name a file")
    if not os.access(path if path.exists() else folder, os.W_OK):
        raise UsageError(f"{option}: {path} cannot be written")


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
