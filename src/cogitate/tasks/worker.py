"""The child process that runs untrusted families.

    python -m cogitate.tasks.worker SOURCE SOCKET

It reads one JSON value per line from the socket, {"call": "verify", "arguments": [...],
"timeout_s": 5}, and writes one: {"result": ...}, {"usage": "..."} for a user's mistake, or
{"failed": "..."} for any other exception. A first line is written when the child is ready.
"""

import json
import os
import resource
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

from cogitate.errors import UsageError
from cogitate.protocols import Family
from cogitate.tasks.capabilities import CALLS, capabilities, from_json, read_result, to_json
from cogitate.tasks.fingerprints import fingerprint
from cogitate.tasks.sources import open_here

_EXTRA_S = 2.0
"""After a call's timeout the parent has killed this process, unless the parent is dead."""
_MAX_BYTES = 8 << 30
"""Memory limit; a family that exceeds it fails alone, before the machine runs out."""


def main(source: str, socket_number: int) -> None:
    """Serve one family until the parent closes the socket."""
    own = os.getpid()
    connection = socket.socket(fileno=socket_number)
    connection.set_inheritable(False)
    family = cache(lambda: open_here(source))
    with connection.makefile("rwb") as lines:
        _send(lines, _outcome(family, {"call": "describe", "arguments": []}))
        for line in lines:
            message = json.loads(line)
            signal.setitimer(signal.ITIMER_REAL, message["timeout_s"] + _EXTRA_S)
            reply = _outcome(family, message)
            signal.setitimer(signal.ITIMER_REAL, 0)
            if os.getpid() != own:
                os._exit(0)  # the call forked, and this is the fork
            _send(lines, reply)


def _be_expendable() -> None:
    """Limit this process's memory, and let the system kill it first if memory runs out."""
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    max_bytes = _MAX_BYTES if hard == resource.RLIM_INFINITY else min(_MAX_BYTES, hard)
    with suppress(OSError, ValueError):  # not every system has these limits
        resource.setrlimit(resource.RLIMIT_DATA, (max_bytes, hard))
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")


def _stand_between(socket_number: int) -> None:
    """Continue in a child of this process, while this process only waits for it.

    On SIGTERM it kills the child and waits for it, so that none is left.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    child = os.fork()
    if child:
        os.close(socket_number)
        signal.signal(signal.SIGTERM, lambda _number, _frame: os.kill(child, signal.SIGKILL))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
    if child:
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code < 0:
            os.kill(os.getpid(), -code)
        os._exit(code)
    os.setpgid(0, 0)


def _outcome(family: Callable[[], Family], message: dict[str, Any]) -> bytes:
    """Return the reply to a call as a line, whatever the call or the opening raises."""
    try:
        result = _call(family(), message["call"], message["arguments"])
        reply = json.dumps({"result": result})
    except UsageError as error:
        reply = json.dumps({"usage": str(error)})
    except (Exception, SystemExit, KeyboardInterrupt) as error:  # noqa: BLE001 — it is the reply
        reply = json.dumps({"failed": f"raised {type(error).__name__}: {error}"})
    return reply.encode() + b"\n"


def _call(family: Family, name: str, arguments: list[Any]) -> Any:
    if name == "describe":
        return _described(family)
    if name == "fingerprint":
        return fingerprint(family)
    return to_json(read_result(family, name, getattr(family, name)(*from_json(arguments))))


def _described(family: Family) -> dict[str, Any]:
    """Return the capabilities, each with its value where it is an attribute."""
    has = {
        name: None if CALLS[name].takes else read_result(family, name, getattr(family, name))
        for name in capabilities(family)
    }
    return {"has": has, "unread": getattr(family, "unread", [])}


def _send(lines: Any, reply: bytes) -> None:
    lines.write(reply)
    lines.flush()


if __name__ == "__main__":
    # Ends this process even inside C code, if the parent is dead.
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    _be_expendable()
    _stand_between(int(sys.argv[2]))
    main(sys.argv[1], int(sys.argv[2]))
