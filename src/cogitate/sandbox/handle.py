"""The parent's handle on one zygote, and the talk with the candidate that was forked from it.

All that a candidate sends is untrusted: the worst that it can do is to send values.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from cogitate.errors import SandboxError
from cogitate.sandbox import frames
from cogitate.sandbox.calls import Execution, Limits, Outcome, Raised, Returned
from cogitate.sandbox.values import decode

_START_S, _REPLY_S, _END_S = 60.0, 20.0, 2.0
"""For a zygote's imports, for each of its replies, and for its end, on a busy machine."""
_ROOT = str(Path(__file__).resolve().parents[2])
_BOOT = (
    "import sys; sys.path.append(sys.argv[1]); from cogitate.sandbox.zygote import main;"
    " main(int(sys.argv[2]), sys.argv[3:])"
)
_KEPT = ("LD_LIBRARY_PATH",)
"""Of the environment: what an interpreter may need to start."""


class ZygoteDied(Exception):
    """The zygote is gone; no candidate can end it, but a lack of memory can."""


class Zygote:
    """A zygote's process; it takes one candidate at a time."""

    def __init__(self, walls: Sequence[str]) -> None:
        """Start it, and return before it is ready."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        # As -I, but with hashes, and so the order of sets, the same in every zygote.
        options = ["-P", "-s", "-S", "-B", "-W", "ignore", "-c", _BOOT, _ROOT]
        kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, *options, str(theirs.fileno()), *walls],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
                cwd="/",
                env=kept | {"PYTHONHASHSEED": "0"},
            )
        self._control = ours
        self.close = weakref.finalize(self, _close, self.process, ours, os.getpid())

    def wait(self) -> dict[str, str]:
        """Wait until it is ready; return the walls that it cannot raise, and why.

        Raises:
            SandboxError: it did not start.
        """
        self._control.settimeout(_START_S)
        try:
            return self._receive()["missing"]
        except ZygoteDied as error:
            self.close()
            raise SandboxError(
                f"the sandbox's process did not start ({self.process.returncode})"
            ) from error

    def begin(self, limits: Limits) -> socket.socket:
        """Fork a child for a candidate; return the socket to talk with it."""
        ours, theirs = socket.socketpair()
        message = {"cpu_s": limits.cpu_s, "memory_mb": limits.memory_mb}
        try:
            with theirs:
                self._control.settimeout(_REPLY_S)
                socket.send_fds(self._control, [json.dumps(message).encode()], [theirs.fileno()])
        except OSError as error:
            ours.close()
            raise ZygoteDied(str(error)) from error
        return ours

    def end(self) -> tuple[int, float]:
        """End the child with all that it started; return its wait status and processor time.

        Raises:
            SandboxError: it could not be forked.
        """
        try:
            self._control.send(b"end")
        except OSError as error:
            raise ZygoteDied(str(error)) from error
        reply = self._receive()
        if "failed" in reply:
            raise SandboxError(f"the sandbox could not fork: {reply['failed']}")
        return reply["status"], reply["cpu_s"]

    def _receive(self) -> dict[str, Any]:
        try:
            message = self._control.recv(2**16)
        except OSError as error:
            raise ZygoteDied(str(error)) from error
        if not message:
            raise ZygoteDied("it closed its socket")
        return json.loads(message)


def _close(process: "subprocess.Popen[bytes]", control: socket.socket, owner: int) -> None:
    """Let the zygote end its child and then itself; if it hangs, kill both.

    A thread that still talks with it is told by `shutdown`, and its child by the zygote's death.
    """
    if os.getpid() == owner:  # else this is a forked copy of the parent, which owns no zygote
        with suppress(OSError):
            control.shutdown(socket.SHUT_RDWR)
        with suppress(subprocess.TimeoutExpired):
            process.wait(_END_S)
        process.kill()
        process.wait()
    control.close()


class Talk:
    """What one candidate answered to its calls."""

    def __init__(self, num_calls: int) -> None:
        """Nothing yet."""
        self._num_calls = num_calls
        self._ready = self._begun = self._done = False
        self._outcomes: list[Outcome] = []
        self._error: Raised | None = None
        self._printed: list[str] = []
        self._fault: str | None = None

    def hold(
        self,
        channel: socket.socket,
        job: bytes,
        limits: Limits,
        go_on: Callable[[int, Outcome], bool],
    ) -> None:
        """Send the job and read outcomes, while `go_on(index, outcome)` says so.

        Raises:
            SandboxError: the walls could not be raised.
        """
        self._ready = _walls_are_up(channel)
        deadline = time.monotonic() + limits.wall_s
        try:
            channel.settimeout(limits.wall_s)
            channel.sendall(job)
            for message in frames.messages(channel, deadline, limits.output_bytes):
                if not self._read(message, go_on):
                    self._done = True
                    return
        except TimeoutError:
            self._fault = f"no reply within {limits.wall_s:g} s"
        except ConnectionError:
            pass  # it died; `execution` says how
        except ValueError as error:
            self._fault = f"invalid output: {error}"

    def execution(self, status: int, cpu_s: float, limits: Limits) -> Execution:
        """Return the result, now that the process is gone.

        Raises:
            SandboxError: it was gone before it could run anything.
        """
        if not self._ready:
            raise SandboxError(f"the sandbox failed: {_death(status, cpu_s, limits)}")
        return Execution(
            outcomes=tuple(self._outcomes),
            error=self._error,
            stopped=None if self._done else self._fault or _death(status, cpu_s, limits),
            stdout="".join(self._printed)[: limits.stdout_chars],
            cpu_s=cpu_s,
        )

    def _read(self, message: Any, go_on: Callable[[int, Outcome], bool]) -> bool:
        """Take one message: the first is of the program itself, the others are of its calls."""
        try:
            outcome = _outcome(message)
            self._printed.append(str(message["printed"]))
        except (KeyError, TypeError) as error:
            raise ValueError("a message has an unknown form") from error
        if not self._begun:
            self._begun = True
            self._error = outcome if isinstance(outcome, Raised) else None
            return self._error is None and self._num_calls > 0
        self._outcomes.append(outcome)
        return go_on(len(self._outcomes) - 1, outcome) and len(self._outcomes) < self._num_calls


def _walls_are_up(channel: socket.socket) -> bool:
    """Wait for the child's first message; False if it died."""
    try:
        first = next(frames.messages(channel, time.monotonic() + _REPLY_S, 2**12), None)
    except TimeoutError as error:
        raise SandboxError(f"the sandbox did not answer within {_REPLY_S:g} s") from error
    if first and "failed" in first:
        raise SandboxError(f"the sandbox failed: {first['failed']}")
    return first is not None


def _outcome(message: Any) -> Outcome:
    if "value" in message:
        return Returned(value=decode(message["value"]))
    kind, text, line = message["raised"]
    return Raised(kind=str(kind), message=str(text), line=line if type(line) is int else None)


def _death(status: int, cpu_s: float, limits: Limits) -> str:
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return f"its process ended with exit status {code}"
    if -code == signal.SIGKILL and cpu_s > 0.5 * limits.cpu_s:  # the kernel's limit counts ticks
        return f"it used more than {limits.cpu_s} s of processor time"
    return f"its process ended by signal {signal.Signals(-code).name}"
