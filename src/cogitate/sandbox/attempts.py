"""Attempts to get out of the sandbox, run as a candidate to see that the walls hold.

Each function raises where it is held, and returns where it got through. `levels` sends the text of
this module as a program, so that it imports only what the zygote has loaded.
"""

import ctypes
import os
import socket

_CALLS = {
    "x86_64": {"ptrace": 101, "mount": 165, "unshare": 272, "bpf": 321, "keyctl": 250},
    "aarch64": {"ptrace": 117, "mount": 40, "unshare": 97, "bpf": 280, "keyctl": 219},
}
_CALLS_EVERYWHERE = {"io_uring_setup": 425, "pidfd_open": 434, "clone3": 435}


def be_root() -> None:
    """Be, or become, root."""
    if os.getuid() != 0:
        os.setuid(0)


def fork() -> None:
    """Start a process."""
    if os.fork() == 0:
        os._exit(0)


def allocate(megabytes: int) -> None:
    """Take memory."""
    bytes(megabytes * 2**20)


def find_descriptor() -> None:
    """Find a descriptor that was left open."""
    os.fstat(next(number for number in range(4, 1024) if _is_open(number)))


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def read(path: str) -> None:
    """Read a file of the host."""
    os.close(os.open(path, os.O_RDONLY))


def write(path: str) -> None:
    """Write to a file of the host, which exists."""
    descriptor = os.open(path, os.O_WRONLY)
    os.write(descriptor, b"got out")


def connect(port: int) -> None:
    """Connect to a server on the host."""
    with socket.socket() as client:
        client.settimeout(1)
        client.connect(("127.0.0.1", port))


def connect_abstract(name: str) -> None:
    """Connect to a Unix socket of the host that has no file."""
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(f"\0{name}")


def signal(pid: int) -> None:
    """Reach a process of the host."""
    os.kill(pid, 0)


def call(name: str, machine: str) -> None:
    """Make a system call; any error but ENOSYS would mean that the kernel has looked at it."""
    number = _CALLS_EVERYWHERE.get(name) or _CALLS[machine][name]
    library = ctypes.CDLL(None, use_errno=True)
    if library.syscall(ctypes.c_long(number), 0, 0, 0, 0, 0) < 0 and ctypes.get_errno() == 38:
        raise OSError("no such system call")
