"""A seccomp filter: the few system calls that computing needs, and no other.

What is not listed answers ENOSYS, as on a kernel that does not know it: files, sockets, processes
and threads, signals to others, tracing, io_uring, mounts, namespaces, bpf, keys. Calls of another
architecture (x32 and i386 on x86-64) end the process.
"""

import ctypes
import errno
import platform
import struct
from collections.abc import Sequence
from dataclasses import dataclass

_X86_64 = {
    "read": 0, "write": 1, "close": 3, "mmap": 9, "mprotect": 10, "munmap": 11, "brk": 12,
    "rt_sigaction": 13, "rt_sigprocmask": 14, "rt_sigreturn": 15, "sched_yield": 24, "mremap": 25,
    "madvise": 28, "nanosleep": 35, "getpid": 39, "exit": 60, "uname": 63, "gettimeofday": 96,
    "getrusage": 98, "times": 100, "getuid": 102, "getgid": 104, "geteuid": 107, "getegid": 108,
    "getppid": 110, "sigaltstack": 131, "gettid": 186, "time": 201, "futex": 202,
    "restart_syscall": 219, "clock_gettime": 228, "clock_getres": 229, "clock_nanosleep": 230,
    "exit_group": 231, "getrandom": 318,
}  # fmt: skip
_AARCH64 = {
    "read": 63, "write": 64, "close": 57, "mmap": 222, "mprotect": 226, "munmap": 215, "brk": 214,
    "rt_sigaction": 134, "rt_sigprocmask": 135, "rt_sigreturn": 139, "sched_yield": 124,
    "mremap": 216, "madvise": 233, "nanosleep": 101, "getpid": 172, "exit": 93, "uname": 160,
    "gettimeofday": 169, "getrusage": 165, "times": 153, "getuid": 174, "getgid": 176,
    "geteuid": 175, "getegid": 177, "getppid": 173, "sigaltstack": 132, "gettid": 178, "futex": 98,
    "restart_syscall": 128, "clock_gettime": 113, "clock_getres": 114, "clock_nanosleep": 115,
    "exit_group": 94, "getrandom": 278,
}  # fmt: skip
_DENIED_X86_64 = (101, 155, 161, 165, 166, 248, 249, 250, 272, 298, 308, 310, 311, 321, 323)
_DENIED_AARCH64 = (117, 41, 51, 40, 39, 217, 218, 219, 97, 241, 268, 270, 271, 280, 282)
"""For `denying`: ptrace, pivot_root, chroot, mount, umount2, add_key, request_key, keyctl,
unshare, perf_event_open, setns, process_vm_readv and _writev, bpf, userfaultfd."""
_OTHERS_X86_64 = (41, 29, 30, 31, 64, 65, 66, 68, 69, 70, 71, 220, 240, 241, 141)
_OTHERS_AARCH64 = (198, 194, 196, 195, 190, 193, 191, 186, 189, 188, 187, 192, 180, 181, 140)
"""For `denying` where nothing else keeps other processes away: socket, the calls of System V's
memory, semaphores and messages, mq_open, mq_unlink, setpriority."""
_ATTRIBUTES_X86_64 = (90, 91, 268, 452, 92, 93, 94, 260, 188, 189, 190, 197, 198, 199,
                      132, 235, 261, 280)  # fmt: skip
_ATTRIBUTES_AARCH64 = (52, 53, 452, 54, 55, 5, 6, 7, 14, 15, 16, 88)
"""chmod, chown, setxattr, removexattr and utime in all their forms, which Landlock lets pass."""
_SIGNALS_X86_64, _SIGNALS_AARCH64 = (62, 200, 234, 129, 297), (129, 130, 131, 138, 240)
"""kill, tkill, tgkill, rt_sigqueueinfo, rt_tgsigqueueinfo."""
_PIDFD_SEND_SIGNAL = 424
_DENIED_EVERYWHERE = (*range(425, 434), 435, 438, 442)
"""io_uring, the new calls to mount, clone3 (which hides its flags), pidfd_getfd."""
_NEW_NAMESPACES = 0x7E020080
"""Flags of clone."""

_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
"""Instructions of classic BPF: load a word, the three jumps, return."""
_NUMBER, _ARCH, _FIRST_ARGUMENT = 0, 4, 16
"""Offsets in the data that a filter sees."""
_KILL, _ALLOW, _ABSENT = 0x80000000, 0x7FFF0000, 0x00050000 | errno.ENOSYS
_NO_EFFECT, _FORBIDDEN = 0x00050000, 0x00050000 | errno.EPERM
"""Answers that something was done, or that it may not be."""
_X32 = 0x40000000
"""Set in the numbers of x32's calls, which come with the architecture of x86-64."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """An architecture: its mark in a filter's data, and numbers of its system calls.

    Example: Machine(arch=0xC000003E, clone=56, pivot_root=155, prlimit=302, allowed=(0, 1, 3),
    denied=(101, 165), others=(41,), attributes=(90,), signals=(62,))
    """

    arch: int
    clone: int
    pivot_root: int
    prlimit: int
    allowed: tuple[int, ...]
    denied: tuple[int, ...]
    others: tuple[int, ...]
    attributes: tuple[int, ...]
    signals: tuple[int, ...]


MACHINES = {
    "x86_64": Machine(
        arch=0xC000003E, clone=56, pivot_root=155, prlimit=302,
        allowed=tuple(_X86_64.values()), denied=_DENIED_X86_64 + _DENIED_EVERYWHERE,
        others=_OTHERS_X86_64, attributes=_ATTRIBUTES_X86_64, signals=_SIGNALS_X86_64,
    ),
    "aarch64": Machine(
        arch=0xC00000B7, clone=220, pivot_root=41, prlimit=261,
        allowed=tuple(_AARCH64.values()), denied=_DENIED_AARCH64 + _DENIED_EVERYWHERE,
        others=_OTHERS_AARCH64, attributes=_ATTRIBUTES_AARCH64, signals=_SIGNALS_AARCH64,
    ),
}  # fmt: skip


def this_machine() -> Machine:
    """Return the architecture of this process.

    Raises:
        OSError: its system calls are not known here, as those of a 32-bit interpreter.
    """
    machine = MACHINES.get(platform.machine())
    if machine is None or struct.calcsize("P") != 8:
        raise OSError(errno.ENOSYS, f"system calls of {platform.machine()} are not known")
    return machine


def program(machine: Machine) -> bytes:
    """Return the filter as instructions of classic BPF."""
    return _packed([*_checks(machine), *_listed(machine.allowed, _ALLOW), (_RETURN, 0, 0, _ABSENT)])


def denying(machine: Machine) -> bytes:
    """Return a filter for a whole interpreter: all but what no test has a use for."""
    return _packed([*_checks(machine), *_denied(machine), (_RETURN, 0, 0, _ALLOW)])


def denying_alone(machine: Machine, pid: int, *, signals: bool) -> bytes:
    """Return the same filter for where Landlock alone stands beside it, among the host's processes.

    Sockets and what is shared with other processes is denied as well. A change of a file's mode,
    owner, times or attributes has no effect. Limits are those of the process itself.

    Args:
        machine: see `this_machine`.
        pid: of the process that will be held.
        signals: whether to deny signals to all but itself, where Landlock does not.
    """
    own = (machine.prlimit, *(machine.signals if signals else ()))
    denied = (*machine.others, *((_PIDFD_SEND_SIGNAL,) if signals else ()))
    return _packed(
        [
            *_checks(machine),
            *_listed(denied, _FORBIDDEN),
            *_listed(machine.attributes, _NO_EFFECT),
            *_denied(machine),
            *[(_EQUAL, len(own) - i, 0, number) for i, number in enumerate(own)],
            (_RETURN, 0, 0, _ALLOW),
            (_LOAD, 0, 0, _FIRST_ARGUMENT),
            (_EQUAL, 1, 0, 0),
            (_EQUAL, 0, 1, pid),
            (_RETURN, 0, 0, _ALLOW),
            (_RETURN, 0, 0, _FORBIDDEN),
        ]
    )


def _denied(machine: Machine) -> list[tuple[int, int, int, int]]:
    """Deny what no test has a use for, and new namespaces; then go on."""
    return [
        *_listed(machine.denied, _ABSENT),
        (_EQUAL, 0, 4, machine.clone),
        (_LOAD, 0, 0, _FIRST_ARGUMENT),
        (_ANY_BIT, 0, 1, _NEW_NAMESPACES),
        (_RETURN, 0, 0, _ABSENT),
        (_RETURN, 0, 0, _ALLOW),
    ]


def _checks(machine: Machine) -> list[tuple[int, int, int, int]]:
    """End calls of another architecture, and load the number of the call."""
    return [
        (_LOAD, 0, 0, _ARCH),
        (_EQUAL, 1, 0, machine.arch),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER),
        (_AT_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, _KILL),
    ]


def _listed(calls: Sequence[int], action: int) -> list[tuple[int, int, int, int]]:
    """Answer with an action to some calls; go on with others."""
    last = len(calls) - 1
    jumps = [(_EQUAL, last - i, int(i == last), number) for i, number in enumerate(calls)]
    return [*jumps, (_RETURN, 0, 0, action)]


def _packed(instructions: Sequence[tuple[int, int, int, int]]) -> bytes:
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in instructions)


class Filter(ctypes.Structure):
    """`struct sock_fprog`: what the kernel takes; it keeps the instructions alive."""

    _fields_ = [("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p)]

    def __init__(self, instructions: bytes) -> None:
        """Take the instructions."""
        super().__init__(len(instructions) // 8, instructions)
