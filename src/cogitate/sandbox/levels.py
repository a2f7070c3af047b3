"""How well programs can be held on this machine, found out by trying to get out.

    level()             ->  Level(name="full", missing=())
    need_level("full")  ->  UsageError: ... level process here, not full: seccomp: ...

Each wall is raised alone, and attempts that it has to hold are run behind it; then all attempts are
run behind all walls.
"""

import os
import platform
import secrets
import socket
import sys
import tempfile
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from cogitate.errors import SandboxError, UsageError
from cogitate.sandbox.calls import Call, Limits, Raised
from cogitate.sandbox.pool import Sandbox
from cogitate.sandbox.walls import WALLS

LEVELS = ("none", "process", "seccomp", "full")
"""From nothing to all:

- process: a process without privileges, descriptors or children, and with limits.
- seccomp: it can make only the system calls that computing needs: no files, sockets, processes.
- full: beside that, Landlock, and namespaces in which there is nothing to reach.
"""
_PROGRAM = Path(__file__).with_name("attempts.py")
_MEMORY_MB = 256
_PROCESS = ["be_root", "fork", "allocate", "find_descriptor", "write"]
_OUTSIDE = ["read", "write", "connect", "connect_abstract", "signal"]
_SYSTEM = ["ptrace", "mount", "unshare", "bpf", "keyctl", "io_uring_setup", "pidfd_open", "clone3"]
"""Attempts, by what has to hold them."""
_ADVICE = (
    "use a kernel of 5.13 or newer that allows user namespaces, in a container with"
    " --security-opt seccomp=unconfined"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """The level reached here, and what the next ones lack.

    Example: Level(name="seccomp", missing=("namespaces: unshare: Operation not permitted",))
    """

    name: str
    missing: tuple[str, ...]


def need_level(name: str, otherwise: str = "ask for level {found}") -> None:
    """Refuse to go on below a level.

    Args:
        name: the level.
        otherwise: what a user can do who reaches no more than level {found}.

    Raises:
        UsageError: there is no such level, or this machine does not reach it.
    """
    if name not in LEVELS:
        raise UsageError(f"there is no sandbox level {name!r}; use one of {', '.join(LEVELS)}")
    found = level()
    if LEVELS.index(found.name) < LEVELS.index(name):
        raise UsageError(
            f"the sandbox reaches level {found.name} here, not {name} ({'; '.join(found.missing)});"
            f" {_ADVICE}, or {otherwise.format(found=found.name)}"
        )


@lru_cache(maxsize=1)
def level() -> Level:
    """Return the level reached here; the first call takes about half a second."""
    if sys.platform != "linux":
        return Level(name="none", missing=(f"the sandbox needs Linux, and this is {sys.platform}",))
    with _targets() as calls:
        faults = {
            "process": _fault(("user",), calls, _PROCESS),
            "seccomp": _fault(("seccomp",), calls, [*_OUTSIDE, *_SYSTEM, "fork"]),
            "namespaces": _fault(("namespaces",), calls, _OUTSIDE),
            "landlock": _fault(("landlock",), calls, ["read", "write"]),
        }
        if not any(faults.values()):
            faults["all walls"] = _fault(WALLS, calls, list(calls))
    missing = tuple(f"{wall}: {fault}" for wall, fault in faults.items() if fault)
    return Level(name=_name(faults), missing=missing)


def _name(faults: Mapping[str, str | None]) -> str:
    if faults["process"]:
        return "none"
    if faults["seccomp"]:
        return "process"
    return "seccomp" if any(faults.values()) else "full"


@contextmanager
def _targets() -> Generator[dict[str, Call]]:
    """Make things on this machine that can be reached, and yield calls that try to."""
    with (
        socket.create_server(("127.0.0.1", 0)) as server,
        socket.socket(socket.AF_UNIX) as abstract,
        tempfile.NamedTemporaryFile() as file,
    ):
        name = f"cogitate-{secrets.token_hex(8)}"
        abstract.bind(f"\0{name}")
        abstract.listen()
        arguments = {
            "be_root": (),
            "fork": (),
            "allocate": (2 * _MEMORY_MB,),
            "find_descriptor": (),
            "read": (file.name,),
            "write": (file.name,),
            "connect": (server.getsockname()[1],),
            "connect_abstract": (name,),
            "signal": (os.getpid(),),
        }
        calls = {key: Call(function=key, args=args) for key, args in arguments.items()}
        machine = platform.machine()
        yield calls | {key: Call(function="call", args=(key, machine)) for key in _SYSTEM}


def _fault(walls: Sequence[str], calls: dict[str, Call], attempts: Sequence[str]) -> str | None:
    """Run attempts behind walls; say what they cannot hold, or why they cannot be raised."""
    limits = Limits(memory_mb=_MEMORY_MB)
    try:
        with Sandbox(workers=1, walls=walls) as sandbox:
            if sandbox.missing:
                return "; ".join(sandbox.missing.values())
            asked = [calls[attempt] for attempt in attempts]
            execution = sandbox.run(_PROGRAM.read_text(encoding="utf-8"), asked, limits)
    except (SandboxError, OSError) as error:
        return str(error)
    pairs = zip(attempts, execution.outcomes, strict=False)
    through = [attempt for attempt, outcome in pairs if not isinstance(outcome, Raised)]
    if through:
        return f"does not hold {', '.join(through)}"
    return execution.stopped or (execution.error and execution.error.message)
