"""The walls around a candidate: what a process gives up before it runs one.

    walls, missing = available(WALLS)   # in the zygote, once: each is tried in a child first
    isolate()                           # in the zygote, once, where namespaces are available
    pid = fork(...)                     # in the zygote, for each candidate
    Prepared(walls).enclose(...)        # in the child, before it reads the candidate

A wall that was available and cannot be raised later is an error, never a lower wall. It needs only
the standard library.
"""

import ctypes
import fcntl
import os
import resource
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cogitate.sandbox.system_calls import Filter, program, this_machine

CHANNEL = 3
"""The only descriptor of a candidate beside the standard ones, which are /dev/null."""
WALLS = ("namespaces", "user", "landlock", "seccomp")
"""In the order in which they are tried."""
CANDIDATE_UID = 64_998
"""User and group of candidates where the zygote is root: nobody's, and within every container."""

_NEWNS, _NEWUTS, _NEWIPC, _NEWUSER = 0x00020000, 0x04000000, 0x08000000, 0x10000000
_NEWPID, _NEWNET = 0x20000000, 0x40000000
_RDONLY, _NOSUID, _NODEV, _NOEXEC, _REMOUNT = 1, 2, 4, 8, 32
_REC, _PRIVATE, _DETACH = 0x4000, 1 << 18, 2
_SET_PDEATHSIG, _SET_DUMPABLE, _SET_SECCOMP, _SET_NO_NEW_PRIVS = 1, 4, 22, 38
_FILTER = 2
_PIDFD_OPEN, _LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 434, 444, 445, 446
_HIGH = 64
"""Descriptors below this number are those of channels."""
_CAPABILITIES = (0x20080522).to_bytes(4, "little") + bytes(4)

_c = ctypes.PyDLL(None, use_errno=True)


def do(name: str, *arguments: Any) -> int:
    """Call a function of the C library; its errors are exceptions that name it."""
    return _checked(name, getattr(_c, name)(*map(_converted, arguments)))


def system_call(name: str, number: int, *arguments: Any) -> int:
    """Make a system call that the C library has no function for."""
    return _checked(name, _c.syscall(*map(_converted, (number, *arguments))))


def _converted(argument: Any) -> Any:
    return ctypes.c_ulong(argument) if isinstance(argument, int) else argument


def _checked(name: str, result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
    return result


# ---------------------------------------------------------------- once, in the zygote


def available(asked: Sequence[str]) -> tuple[tuple[str, ...], dict[str, str]]:
    """Return the walls that can be raised here together, and why the others cannot."""
    found: tuple[str, ...] = ()
    missing: dict[str, str] = {}
    for wall in [wall for wall in WALLS if wall in asked]:
        reason = _trial((*found, wall))
        if reason is None:
            found = (*found, wall)
        else:
            missing[wall] = reason
    return found, missing


def _trial(walls: tuple[str, ...]) -> str | None:
    """Raise walls in a child that does nothing else; return the reason if it cannot."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if pid == 0:
        report = theirs
        try:
            if "namespaces" in walls:
                isolate()
            prepared = Prepared(walls)
            inner = fork(own_processes="namespaces" in walls)
            if inner == 0:
                report = CHANNEL
                prepared.enclose({}, theirs)
                os.write(report, b"raised")
            else:
                os.waitpid(inner, 0)
        except OSError as error:
            os.write(report, str(error.strerror).encode())
        finally:
            os._exit(0)
    os.close(theirs)
    with os.fdopen(ours, "rb") as pipe:
        reason = pipe.read().decode()
    os.waitpid(pid, 0)
    return None if reason == "raised" else reason or "the process died"


def isolate() -> None:
    """Move this process to namespaces of its own, with an empty file system and no network."""
    enter_namespaces()
    _empty_root()


def enter_namespaces() -> None:
    """Move this process to namespaces of its own; the files are still the host's.

    Root needs no user namespace for it. Where it lacks the rights, as in a container, it becomes
    an ordinary user for good, who has them in a user namespace.
    """
    flags = _NEWNS | _NEWNET | _NEWIPC | _NEWUTS
    try:
        do("unshare", flags)
    except OSError:
        leave_root()
        do("prctl", _SET_DUMPABLE, 1, 0, 0, 0)  # else its files in /proc are root's
        uid, gid = os.getuid(), os.getgid()
        do("unshare", flags | _NEWUSER)
        for name, text in (
            ("setgroups", "deny"), ("uid_map", f"{uid} {uid} 1"), ("gid_map", f"{gid} {gid} 1")
        ):  # fmt: skip
            Path(f"/proc/self/{name}").write_text(text)


def _empty_root() -> None:
    """Make an empty, read-only folder the root of all files."""
    hidden = _NOSUID | _NODEV | _NOEXEC
    do("mount", None, b"/", None, _REC | _PRIVATE, None)
    do("mount", b"none", b"/tmp", b"tmpfs", hidden, b"size=4k,mode=555")
    os.chdir("/tmp")
    system_call("pivot_root", this_machine().pivot_root, b".", b".")
    do("umount2", b".", _DETACH)
    do("mount", None, b"/", None, _REMOUNT | _RDONLY | hidden, None)
    os.chdir("/")


def leave_root() -> None:
    """Become a user who owns nothing, if this process is root."""
    if os.geteuid() != 0:
        return
    try:
        os.setgroups([])
        os.setresgid(CANDIDATE_UID, CANDIDATE_UID, CANDIDATE_UID)
        os.setresuid(CANDIDATE_UID, CANDIDATE_UID, CANDIDATE_UID)
    except OSError as error:
        raise OSError(error.errno, f"root cannot be given up: {error.strerror}") from error


def fork(*, own_processes: bool) -> int:
    """Fork; with `own_processes`, the child is the first process of a namespace.

    Nothing in that namespace outlives it. C's own clone is called, since `os.fork` cannot make
    namespaces; this is correct only while the process has one thread.
    """
    if not own_processes:
        return os.fork()
    return system_call("clone", this_machine().clone, _NEWPID | signal.SIGCHLD, 0, 0, 0, 0)


def watched(pid: int) -> int:
    """Return a descriptor that can be read once the process has ended."""
    return system_call("pidfd_open", _PIDFD_OPEN, pid, 0)  # not every Python has os.pidfd_open


# ---------------------------------------------------------------- in each child


class Prepared:
    """Walls, with what can be made before the fork."""

    def __init__(self, walls: Sequence[str]) -> None:
        """Make the ruleset and the filter.

        Raises:
            OSError: this system has no such thing.
        """
        self.walls = tuple(walls)
        self._ruleset = _ruleset() if "landlock" in walls else -1
        self._filter = Filter(program(this_machine())) if "seccomp" in walls else None

    def enclose(self, limits: Mapping[str, int], channel: int) -> None:
        """Give up all rights but those to compute. There is no way back.

        Args:
            limits: `cpu_s` and `memory_mb`, where they are to be held.
            channel: the one descriptor that is kept; it becomes `CHANNEL`.

        Raises:
            OSError: a wall cannot be raised; `CHANNEL` is open to say so.
        """
        self._close_all_but(channel)
        _limit(limits)
        if "user" in self.walls:
            leave_root()
        give_up_rights()
        do("prctl", _SET_DUMPABLE, 0, 0, 0, 0)
        if "landlock" in self.walls:
            restrict(self._ruleset)
        if self._filter is not None:
            filter_calls(self._filter)

    def _close_all_but(self, channel: int) -> None:
        os.dup2(channel, CHANNEL)
        kept = max(self._ruleset, CHANNEL)
        os.closerange(CHANNEL + 1, kept)
        os.closerange(kept + 1, os.sysconf("SC_OPEN_MAX"))


def _limit(limits: Mapping[str, int]) -> None:
    hard = {
        resource.RLIMIT_NPROC: 0,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_MEMLOCK: 0,
        resource.RLIMIT_MSGQUEUE: 0,
    }
    if "cpu_s" in limits:
        hard[resource.RLIMIT_CPU] = limits["cpu_s"]
    if "memory_mb" in limits:
        hard[resource.RLIMIT_AS] = limits["memory_mb"] * 2**20
    for name, value in hard.items():
        most = resource.getrlimit(name)[1]
        value = value if most == resource.RLIM_INFINITY else min(value, most)
        resource.setrlimit(name, (value, value))


def _ruleset() -> int:
    """Return a Landlock ruleset that allows nothing."""
    # A number that no channel has, so that it stays open until it is needed.
    return fcntl.fcntl(ruleset(), fcntl.F_DUPFD_CLOEXEC, _HIGH)


def ruleset(*, files_only: bool = False) -> int:
    """Return a Landlock ruleset that denies all that this kernel can deny.

    With `files_only`, network and signals are left alone.
    """
    abi = landlock_version()
    words = [file_rights(abi)]
    if abi >= 4 and not files_only:
        words.append(0b11)  # to bind and to connect TCP
    if abi >= 6 and not files_only:
        words.append(0b11)  # abstract sockets and signals to others
    attributes = b"".join(word.to_bytes(8, "little") for word in words)
    return system_call("landlock_create_ruleset", _LANDLOCK_CREATE, attributes, len(attributes), 0)


def landlock_version() -> int:
    """Return the version of Landlock that this kernel has.

    Raises:
        OSError: it has none.
    """
    return system_call("landlock_create_ruleset", _LANDLOCK_CREATE, None, 0, 1)


def file_rights(abi: int | None = None) -> int:
    """Return all rights on files that a version of Landlock knows, by default this kernel's."""
    abi = landlock_version() if abi is None else abi
    return (1 << [0, 13, 14, 15, 15, 16][min(abi, 5)]) - 1


def allow(rules: int, path: Path, rights: int) -> None:
    """Add rights below a path to a Landlock ruleset."""
    opened = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = rights.to_bytes(8, "little") + opened.to_bytes(4, "little")
        system_call("landlock_add_rule", _LANDLOCK_ADD, rules, 1, rule, 0)
    finally:
        os.close(opened)


def restrict(rules: int) -> None:
    """Hold this process to a Landlock ruleset, for good."""
    system_call("landlock_restrict_self", _LANDLOCK_RESTRICT, rules, 0)
    os.close(rules)


def filter_calls(instructions: Filter) -> None:
    """Hold this process to a seccomp filter, for good."""
    do("prctl", _SET_SECCOMP, _FILTER, ctypes.byref(instructions), 0, 0)


def give_up_rights() -> None:
    """Drop all capabilities, for good; the process ends when its parent ends."""
    do("capset", _CAPABILITIES, bytes(24))
    do("prctl", _SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)  # a change of user clears it
    do("prctl", _SET_NO_NEW_PRIVS, 1, 0, 0, 0)
