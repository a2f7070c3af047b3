"""Runs a command of a user's project behind walls, and reads what it reports and prints."""

import json
import os
import re
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cogitate.errors import SandboxError
from cogitate.sandbox.walls import CANDIDATE_UID

LEVELS = ("namespaces", "landlock")
"""What holds a command, best first."""
NONE = "none"
"""Beside them, only where it is asked for: nothing holds it."""
_ROOT = str(Path(__file__).resolve().parents[3])
_BOOT = """
import sys, types
for name in ("cogitate", "cogitate.sandbox", "cogitate.sandbox.suites"):
    sys.modules[name] = types.ModuleType(name)
    sys.modules[name].__path__ = [sys.argv[1] + "/" + name.replace(".", "/")]
from cogitate.sandbox.suites.enclosure import main
main()
"""
"""Runs the launcher alone: what its packages import would take three times as long."""
_SIGNALS = frozenset(map(int, signal.Signals))
_GRACE_S = 10.0
"""For the walls to be raised and the end to be seen, beside the command's own time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command, what it may see, and what it may use.

    Example: Command(argv=("/p/.venv/bin/python", "-c", "..."), project=Path("/p"),
    copy=Path("/tmp/x/copy"), scratch=Path("/tmp/x"), read=("/p/.venv",))
    """

    argv: Sequence[str]
    project: Path
    """Where the project is, and seems to be where there are namespaces."""
    copy: Path
    """What the command sees of it."""
    scratch: Path
    """A folder of this run, with empty folders `root` and `write`."""
    read: Sequence[str] = ()
    """Other folders to see: those of the interpreter."""
    listed: Sequence[str] = ()
    """Folders whose names may be read, of which parts are in `read`."""
    environment: Mapping[str, str]
    wall_s: int = 30
    cpu_s: int = 30
    memory_mb: int = 4096
    write_mb: int = 64
    output_bytes: int = 2**20
    """Of the report and all that is printed."""
    levels: Sequence[str] = LEVELS
    room_mb: int = 0
    """For a copy of the project that this run alone may write to; 0: it reads `copy` itself. With
    room, the report is what the command writes to standard output; of long outputs, the beginning
    and the end are kept."""
    within: str = ""
    """The folder of the project to run it in."""
    path: Sequence[str] = ()
    """Folders of the project in which the interpreter looks for modules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """A command that has ended.

    Example: Ended(report=b'{"done": true}', printed="", fault=None, level="namespaces",
    seconds=0.6)
    """

    report: bytes
    printed: str
    """Its last 4,096 bytes or so; with room, all that was kept."""
    status: int | None
    """Exit status, or minus the signal that ended it; None if it was stopped."""
    fault: str | None
    """Why it was stopped, or how it died, in one line."""
    level: str
    seconds: float


def withheld(message: str, given: Collection[str], output: str = "") -> str | None:
    """Return a variable of this environment that a command lacks, by what it says of it.

    A name without an underscore may be any word: it counts where the environment was read.

    Args:
        message: that of a failure.
        given: the variables that the command has.
        output: all that was said.
    """
    reads = re.search(r"\benviron\b|getenv", output) is not None
    named = set(re.findall(r"\w{3,}", message)) & (set(os.environ) - set(given))
    return max((name for name in named if reads or "_" in name), key=len, default=None)


def make_folder(folder: Path) -> None:
    """Make a folder for copies, which only this user and a command behind walls can read."""
    folder.mkdir(0o700)
    if os.geteuid() == 0:  # else it is this user that runs the command
        with suppress(OSError):  # where root may not, no command becomes that user either
            os.chown(folder, -1, CANDIDATE_UID)
            folder.chmod(0o750)


def run(command: Command, stop: int | None = None) -> Ended:
    """Run a command and wait for its end; all that it started has ended then.

    Args:
        command: see there.
        stop: a descriptor; once it can be read, the command is ended.

    Raises:
        SandboxError: no wall can be raised here.
    """
    began = time.monotonic()
    (report, report_in), (output, output_in) = os.pipe(), os.pipe()
    with (
        os.fdopen(report, "rb", 0) as reports,
        os.fdopen(output, "rb", 0) as outputs,
        _start(command, report_in, output_in) as process,
    ):
        try:
            found, over = _read(process, [reports.fileno(), outputs.fileno()], command, stop)
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(_GRACE_S)
            process.kill()
            process.wait()
    seconds = time.monotonic() - began
    said = {} if over else _status(found[0], command)
    status = said.get("status")
    if status is not None and status - 128 in _SIGNALS:  # of a namespace's first process
        status = 128 - status
    return Ended(
        report=found[1],
        printed=found[2][0 if command.room_mb else -4096 :].decode(errors="replace"),
        status=status,
        fault=over or _fault(status, seconds, command),
        level=str(said.get("level", "")),
        seconds=seconds,
    )


def _start(command: Command, report: int, output: int) -> "subprocess.Popen[bytes]":
    job: dict[str, Any] = {
        "command": list(command.argv),
        "environment": dict(command.environment),
        "project": str(command.project),
        "copy": str(command.copy),
        "root": str(command.scratch / "root"),
        "write": str(command.scratch / "write"),
        "write_bytes": command.write_mb * 2**20,
        "room_bytes": command.room_mb * 2**20,
        "fresh": str(command.scratch / "fresh"),
        "within": command.within,
        "path": list(command.path),
        "read": list(command.read),
        "listed": list(command.listed),
        "levels": list(command.levels),
        "parent": os.getpid(),
        "wall_s": command.wall_s,
        "processes": 256,
        "limits": {
            "CPU": command.cpu_s,
            "AS": command.memory_mb * 2**20,
            "FSIZE": command.write_mb * 2**20,
            "CORE": 0,
        },
    }
    process = subprocess.Popen(
        [sys.executable, "-P", "-s", "-S", "-B", "-c", _BOOT, _ROOT, str(report), str(output)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=(report, output),
        start_new_session=True,
        cwd="/",
        env={name: os.environ[name] for name in ("LD_LIBRARY_PATH",) if name in os.environ},
    )
    os.close(report)
    os.close(output)
    assert process.stdin
    process.stdin.write(json.dumps(job).encode())
    process.stdin.close()
    return process


def _read(
    process: "subprocess.Popen[bytes]", pipes: Sequence[int], command: Command, stop: int | None
) -> tuple[list[bytes], str | None]:
    """Read status, report and output until the launcher has closed all; say what was too much."""
    assert process.stdout
    status = process.stdout.fileno()
    found = {status: bytearray(), pipes[0]: bytearray(), pipes[1]: bytearray()}
    deadline = time.monotonic() + command.wall_s + _GRACE_S
    over = None
    with selectors.DefaultSelector() as sources:
        for number in found:
            sources.register(number, selectors.EVENT_READ)
        if stop is not None:
            sources.register(stop, selectors.EVENT_READ)
        while len(sources.get_map()) > (stop is not None) and over is None:
            ready = sources.select(max(0.0, deadline - time.monotonic()))
            for key, _events in ready:
                if key.fd == stop:
                    return [b"", b"", b""], "it was stopped"
                part = os.read(key.fd, 2**16)
                found[key.fd] += part
                if command.room_mb:
                    _shorten(found[key.fd], command.output_bytes)
                if not part:
                    sources.unregister(key.fd)
            if not ready:
                over = f"no end within {command.wall_s} s"
            elif not command.room_mb and sum(map(len, found.values())) > command.output_bytes:
                over = f"it printed more than {command.output_bytes} bytes"
    return [bytes(part) for part in found.values()], over


def _shorten(output: bytearray, most: int) -> None:
    """Remove the middle of an output that is too long; at most twice as much is kept meanwhile."""
    if len(output) > 2 * most:
        output[most // 2 : -(most // 2)] = b"\n[...]\n"


def _status(text: bytes, command: Command) -> dict[str, Any]:
    try:
        status: dict[str, Any] = json.loads(text or b"{}")
    except ValueError:
        status = {}
    if "failed" in status:
        instead = "pipe its error to cogitate debug" if command.room_mb else "--unsafe needs none"
        raise SandboxError(
            f"there is no sandbox here ({status['failed']}): use a Linux kernel of 5.13 or newer"
            f" that allows user namespaces, or of 6.2 or newer with Landlock; {instead}"
        )
    return status


def _fault(status: int | None, seconds: float, command: Command) -> str | None:
    if status is None:
        return "it was stopped"
    if status >= 0:
        return f"exit status {status}" if status else None
    if seconds >= command.wall_s:
        return f"no end within {command.wall_s} s"
    return f"ended by signal {signal.Signals(-status).name}"
