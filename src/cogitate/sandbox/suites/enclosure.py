"""Runs one command behind walls that leave it a whole interpreter: the second and third tier.

It is executed anew for each command (see `run`), and needs only the standard library. The command
sees the folders that it is given, read-only, and one folder to write to; there is no network. In
the third tier the project is a copy of this run alone, which it may write to as well. Where
namespaces are not to be had, Landlock and a filter of system calls hold it alone; where neither is,
nothing is run.

In: the job as JSON on standard input. Out: {"level": ..., "status": ...} or {"failed": ...} on
standard output, which the command never has.
"""

import errno
import fcntl
import json
import os
import resource
import shutil
import signal
import socket
import struct
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from cogitate.sandbox import walls
from cogitate.sandbox.system_calls import Filter, denying, denying_alone, this_machine

REPORT, OUTPUT, _HIGH = 3, 4, 64
"""Descriptors: the command's report; what it prints, which becomes its 1 and 2."""
SYSTEM = (
    "/usr", "/lib", "/lib32", "/lib64", "/bin", "/sbin", "/nix/store", "/etc/ld.so.cache",
    "/etc/alternatives", "/etc/localtime", "/etc/mime.types", "/etc/passwd", "/etc/group",
)  # fmt: skip
"""What an interpreter reads beside its own folders; nobody's secrets are there."""
_DEVICES = ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random")
_SHARED = ("/tmp", "/dev/shm")
"""What a user's command may expect to write to, where there are namespaces."""
_PROCESS = ("/proc/self", "/proc/cpuinfo", "/proc/meminfo")
"""What may be read of /proc where it is the host's."""
_BIND, _REC, _NOSUID, _NODEV, _PRIVATE, _DETACH = 0x1000, 0x4000, 2, 4, 1 << 18, 2
_MOUNT_SETATTR, _HERE, _RECURSIVE, _READ_ONLY = 442, -100, 0x8000, 0b111
_SET_PDEATHSIG, _SET_SUBREAPER = 1, 36
_READ, _LIST = 0b1101, 0b1000
"""Landlock's rights to execute, and to read files and folders; the last of these alone."""
_OF_FILES = 0b1100000000000111
"""Landlock's rights that a file can have; the others are those of folders."""
_TRUNCATES, _SIGNALS = 3, 6
"""Versions of Landlock from which it holds these."""
_SET_FLAGS, _UP = 0x8914, 1
"""An ioctl of network interfaces."""

Job = Mapping[str, Any]
"""Fields: see `run`."""


def main() -> None:
    """Run the job behind the first walls that can be raised."""
    _place_descriptors(*map(int, sys.argv[2:]))
    job = json.load(sys.stdin)
    walls.do("prctl", _SET_SUBREAPER, 1, 0, 0, 0)
    walls.do("prctl", _SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if os.getppid() != job["parent"]:
        return  # it died before it could be noticed
    reasons: list[str] = []
    attempts = {"namespaces": _in_namespaces, "landlock": _by_landlock, "none": _without_walls}
    for level, attempt in attempts.items():
        if level not in job["levels"]:
            continue
        reason, status = _tried(attempt, job)
        if reason is None:
            print(json.dumps({"level": level, "status": os.waitstatus_to_exitcode(status)}))  # noqa: T201
            return
        reasons.append(f"{level}: {reason}")
    print(json.dumps({"failed": "; ".join(reasons)}))  # noqa: T201


def _place_descriptors(report: int, output: int) -> None:
    """Give both their numbers, which no other then takes; the command alone inherits them."""
    moved = [fcntl.fcntl(number, fcntl.F_DUPFD_CLOEXEC, _HIGH) for number in (report, output)]
    os.close(report)
    os.close(output)
    for number, name in zip(moved, (REPORT, OUTPUT), strict=True):
        os.dup2(number, name, inheritable=False)
        os.close(number)


def _tried(attempt: Callable[[Job], None], job: Job) -> tuple[str | None, int]:
    """Run the job in a child; return why its walls cannot be raised, or its wait status."""
    ours, theirs = os.pipe()  # closed by exec: all that is sent is a failure
    ends = (signal.SIGTERM, signal.SIGALRM)
    signal.pthread_sigmask(signal.SIG_BLOCK, ends)  # until they end the child too
    pid = os.fork()
    if pid == 0:
        try:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, ends)
            attempt(job)
        except OSError as error:
            os.write(theirs, f"{error.strerror} {error.filename or ''}".strip().encode())
        finally:
            os._exit(1)
    os.close(theirs)
    for number in ends:
        signal.signal(number, lambda _number, _frame: os.kill(pid, signal.SIGKILL))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, ends)
    signal.alarm(job["wall_s"])
    with os.fdopen(ours, "rb") as pipe:
        reason = pipe.read().decode()
    status = os.waitpid(pid, 0)[1]
    signal.alarm(0)
    _end_children()
    return reason or None, status


def _end_children() -> None:
    """Kill what the command left behind: without namespaces it became ours."""
    with suppress(OSError):  # at last: no child is left to wait for
        while True:
            for child in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split():
                os.kill(int(child), signal.SIGKILL)
            os.waitpid(-1, 0)


def _in_namespaces(job: Job) -> None:
    """Execute the command as the first process of a namespace, with files of its own."""
    walls.enter_namespaces()
    _raise_loopback()
    walls.do("prctl", _SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    pid = walls.fork(own_processes=True)
    if pid:
        status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        os._exit(status if status >= 0 else 128 - status)
    _make_root(job)
    walls.leave_root()
    rules: int | None = None
    with suppress(OSError):  # beside namespaces, it is a second wall
        rules = _rules(job, ("/proc",), files_only=True)
    resource.setrlimit(resource.RLIMIT_NPROC, (job["processes"], job["processes"]))
    _execute(job, job["project"], rules, denying(this_machine()))


def _by_landlock(job: Job) -> None:
    """Execute the command among the host's files and processes, of which it can reach few."""
    abi = walls.landlock_version()
    if abi < _TRUNCATES:
        raise OSError(errno.ENOSYS, f"its version {abi} lets files be cut short")
    job = _moved(job) if job["room_bytes"] else job
    rules = _rules(job, (job["copy"], *_PROCESS), files_only=False)
    code = denying_alone(this_machine(), os.getpid(), signals=abi < _SIGNALS)
    _execute(job, job["copy"], rules, code)


def _without_walls(job: Job) -> None:
    """Execute the command as the user that asked for it, with limits alone."""
    _execute(job, job["copy"], None, None)


def _moved(job: Job) -> Job:
    """Return a job with a copy of its own, and with names of files in the project changed to it."""
    shutil.copytree(job["copy"], job["fresh"], symlinks=True)

    def moved(name: str) -> str:
        path = Path(name)
        if not path.is_relative_to(job["project"]) or any(map(path.is_relative_to, job["read"])):
            return name
        return str(job["fresh"] / path.relative_to(job["project"]))

    path = os.pathsep.join(map(moved, job["path"]))
    environment = job["environment"] | ({"PYTHONPATH": path} if path else {})
    command = list(map(moved, job["command"]))
    return {**job, "copy": job["fresh"], "command": command, "environment": environment}


def _rules(job: Job, more: Sequence[str], *, files_only: bool) -> int:
    rules, every = walls.ruleset(files_only=files_only), walls.file_rights()
    project = [job["project"]] if files_only else []
    rights = dict.fromkeys(job["listed"], _LIST)
    rights |= dict.fromkeys((*SYSTEM, *job["read"], *project, *more), _READ)
    for name, allowed in rights.items():
        path = Path(name)
        if path.exists():
            walls.allow(rules, path, allowed if path.is_dir() else allowed & _OF_FILES)
    for name in _DEVICES:
        walls.allow(rules, Path(name), every & _OF_FILES)
    writable = [job["write"]]
    if job["room_bytes"]:
        writable += [job["project"], *_SHARED] if files_only else [job["copy"]]
    for name in writable:
        walls.allow(rules, Path(name), every)
    return rules


def _execute(job: Job, where: str, rules: int | None, code: bytes | None) -> None:
    """Raise the last walls, a Landlock ruleset and a filter, and become the command."""
    os.setsid()
    os.chdir(Path(where, job["within"]))
    os.dup2(os.open("/dev/null", os.O_RDONLY), 0)
    os.dup2(REPORT if job["room_bytes"] else OUTPUT, 1)
    os.dup2(OUTPUT, 2)
    os.set_inheritable(REPORT, not job["room_bytes"])
    for name, value in job["limits"].items():
        number = getattr(resource, f"RLIMIT_{name}")
        most = resource.getrlimit(number)[1]
        value = value if most == resource.RLIM_INFINITY else min(value, most)
        resource.setrlimit(number, (value, value))
    if code is not None:
        filtered = Filter(code)
        walls.give_up_rights()
        if rules is not None:
            walls.restrict(rules)
        walls.filter_calls(filtered)
    try:
        os.execve(job["command"][0], job["command"], job["environment"])
    except OSError as error:  # as a shell says it
        os.write(2, f"{job['command'][0]}: {error.strerror}\n".encode())
        os._exit(127)


def _raise_loopback() -> None:
    """Let tests talk with servers of their own."""
    with suppress(OSError), socket.socket() as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh14x", b"lo", _UP))


# ---------------------------------------------------------------- files


def _make_root(job: Job) -> None:
    """Make a root of the folders that the command may see, and forget all others."""
    walls.do("mount", None, b"/", None, _REC | _PRIVATE, None)
    new = Path(job["root"])
    _mount("tmpfs", new, "size=1m,mode=755")
    (new / "proc").mkdir()
    with suppress(OSError):  # a container may deny it
        _mount("proc", new / "proc")
    shown = {name: name for name in (*SYSTEM, *job["read"])} | {job["project"]: job["copy"]}
    room = f"size={job['room_bytes']},mode=1777"
    for name in _SHARED if job["room_bytes"] else ():
        _mount("tmpfs", _place(new, name, is_folder=True), room)
    for name in sorted(shown, key=lambda name: Path(name).parts):
        if name == job["project"] and job["room_bytes"]:
            place = _place(new, name, is_folder=True)
            _mount("tmpfs", place, room)
            _fill(place, Path(job["copy"]))
        else:
            _show(Path(shown[name]), new, name)
    for name in _DEVICES:
        _bind(Path(name), _place(new, name, is_folder=False))
    writable = _place(new, job["write"], is_folder=True)
    _mount("tmpfs", writable, f"size={job['write_bytes']},mode=1777")
    _make_read_only(new, 0)
    os.chdir(new)
    walls.system_call("pivot_root", this_machine().pivot_root, b".", b".")
    walls.do("umount2", b".", _DETACH)


def _fill(place: Path, copy: Path) -> None:
    """Copy the project to where the command may write, for the user that it will run as."""
    shutil.copytree(copy, place, symlinks=True, dirs_exist_ok=True)
    place.chmod(0o755)
    if os.geteuid() == 0:
        for path in (place, *place.rglob("*")):
            os.chown(path, walls.CANDIDATE_UID, walls.CANDIDATE_UID, follow_symlinks=False)


def _show(source: Path, root: Path, name: str) -> None:
    """Show a file, a folder or a link of the system, read-only, if there is one."""
    if source.is_symlink() and name in SYSTEM:  # as /lib to usr/lib
        link = root / name.lstrip("/")
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(source.readlink())
    elif source.exists():
        place = _place(root, name, is_folder=source.is_dir())
        _bind(source, place)
        _make_read_only(place, _RECURSIVE)


def _place(root: Path, name: str, *, is_folder: bool) -> Path:
    """Make what is mounted on; below another mount it is there already."""
    place = root / name.lstrip("/")
    (place if is_folder else place.parent).mkdir(parents=True, exist_ok=True)
    if not is_folder and not place.exists():
        place.touch()
    return place


def _bind(source: Path, place: Path) -> None:
    walls.do("mount", os.fsencode(source), os.fsencode(place), None, _BIND | _REC, None)


def _mount(kind: str, place: Path, options: str = "") -> None:
    flags = _NOSUID | _NODEV
    walls.do("mount", b"none", os.fsencode(place), kind.encode(), flags, options.encode())


def _make_read_only(place: Path, recursive: int) -> None:
    attributes = struct.pack("=4Q", _READ_ONLY, 0, 0, 0)
    size = len(attributes)
    walls.system_call(
        "mount_setattr", _MOUNT_SETATTR, _HERE, os.fsencode(place), recursive, attributes, size
    )
