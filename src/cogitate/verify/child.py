"""A child process that answers calls, and can be killed with all its children.

    Child([sys.executable, "-m", "cogitate.tasks.worker", "my_family.py"])
        .ask({"call": "verify", ...}, timeout_s=5) -> {"reward": 1.0, ...}

One JSON value per line goes each way over a socket of its own, so that the child's own output does
no harm. It works outside the main thread, since this side uses no signals.
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import weakref
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any

START_TIMEOUT_S = 120.0
"""For the child's imports: those of some packages take seconds on a busy machine."""
_ENDING_S = 1.0
_MARK = "COGITATE_CHILD"
_MAX_REPLY = 64 * 2**20
"""Bytes; enough for a hundred thousand drill items."""


class ChildFailed(Exception):
    """The child hung, died or sent an invalid reply; the message says which, in one line."""


class Child:
    """One child process, started at the first call and again after each failure."""

    def __init__(self, command: Sequence[str]) -> None:
        """Keep the command; a socket's number is added as its last argument."""
        self._command = tuple(command)
        self._lock = Lock()
        self._running: _Running | None = None

    def ask(self, message: Any, timeout_s: float) -> Any:
        """Send one JSON value and return the reply.

        Raises:
            ChildFailed: no reply within `timeout_s` seconds, or the process died.
        """
        with self._lock:
            if self._running is None:
                self._running = _Running(self._command)
                self._exchange(None, START_TIMEOUT_S)
            return self._exchange(message, timeout_s)

    def close(self) -> None:
        """Kill the child and all its children; the next call starts another."""
        if self._running is not None:
            self._running.kill()
            self._running = None

    def _exchange(self, message: Any, timeout_s: float) -> Any:
        running = self._running
        if running is None:
            raise ChildFailed("it was closed meanwhile")
        try:
            return running.exchange(message, timeout_s)
        except BaseException:
            # Also on Ctrl-C: a late reply must never be read as the reply to the next call.
            self.close()
            raise


class _Running:
    """A started child: its process and our end of the socket."""

    def __init__(self, command: Sequence[str]) -> None:
        ours, theirs = socket.socketpair()
        mark = f"{os.getpid()}-{secrets.token_hex(8)}"
        path = os.pathsep.join(filter(None, sys.path))
        with theirs:
            process = subprocess.Popen(
                [*command, str(theirs.fileno())],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
                # The order of sets, and so of tasks, must not differ between processes.
                env=os.environ | {_MARK: mark, "PYTHONPATH": path, "PYTHONHASHSEED": "0"},
            )
        self._process, self._socket, self._buffer = process, ours, b""
        self.kill = weakref.finalize(self, _kill, process, ours, mark)

    def exchange(self, message: Any, timeout_s: float) -> Any:
        """Send a message, unless it is None, and return the next reply."""
        deadline = time.monotonic() + timeout_s
        try:
            if message is not None:
                self._socket.settimeout(timeout_s)
                self._socket.sendall(json.dumps(message).encode() + b"\n")
            line = self._line(deadline)
        except TimeoutError as error:
            raise ChildFailed(f"no reply within {timeout_s:g} s; its process was killed") from error
        except OSError as error:
            raise ChildFailed(self._death()) from error
        try:
            return json.loads(line)
        except ValueError as error:
            raise ChildFailed("the reply was not JSON; its process was killed") from error

    def _line(self, deadline: float) -> bytes:
        while b"\n" not in self._buffer:
            self._socket.settimeout(max(1e-3, deadline - time.monotonic()))
            part = self._socket.recv(65536)
            if not part:
                raise ChildFailed(self._death())
            self._buffer += part
            if len(self._buffer) > _MAX_REPLY:
                raise ChildFailed("the reply is longer than 64 MiB; its process was killed")
        line, _, self._buffer = self._buffer.partition(b"\n")
        return line

    def _death(self) -> str:
        try:
            code = self._process.wait(timeout=1.0)
        except subprocess.TimeoutExpired:
            return "its process closed the connection"
        how = f"by signal {signal.Signals(-code).name}" if code < 0 else f"with exit status {code}"
        return f"its process ended {how}"


def _kill(process: "subprocess.Popen[bytes]", ours: socket.socket, mark: str) -> None:
    """Terminate the process, then its session, then processes marked in their environment.

    The process gets the time to kill and reap its own child first. The socket is closed last: a
    thread that still waits for it would otherwise wait for what gets its number next.
    """
    with suppress(OSError):
        ours.shutdown(socket.SHUT_RDWR)
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(_ENDING_S)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    for pid in _marked(mark):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    ours.close()


def _marked(mark: str) -> list[int]:
    """Return the processes that carry the mark; an empty list without /proc."""
    found: list[int] = []
    for entry in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"{_MARK}={mark}".encode() in entry.read_bytes():
                found.append(int(entry.parent.name))
        except OSError:
            continue
    return found
