"""The zygote: a bare interpreter from which every candidate is forked.

It is executed anew, so that nothing of the parent is in it, imports what candidates may use, and
isolates itself. It never runs a candidate, never sees one, and never sees an expected value: it
only passes on the socket over which the parent talks to the child. One candidate runs at a time.

Over the control socket: {"missing": {...}} at the start; then for each candidate the limits with a
socket, anything as the sign to end it, and {"status": ..., "cpu_s": ...} once all is gone. The end
of the control socket, or of the parent, ends the zygote and its child.
"""

import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

from cogitate.sandbox import frames, inside
from cogitate.sandbox.walls import CHANNEL, Prepared, available, fork, isolate, watched

ALLOWED = (
    "abc", "array", "base64", "binascii", "bisect", "calendar", "cmath", "collections",
    "collections.abc", "contextlib", "copy", "dataclasses", "datetime", "decimal", "difflib",
    "enum", "fractions", "functools", "hashlib", "heapq", "html", "inspect", "io", "itertools",
    "json", "keyword", "locale", "math", "numbers", "operator", "pprint", "queue", "random", "re",
    "reprlib", "secrets", "statistics", "string", "struct", "sys", "textwrap", "threading", "time",
    "timeit", "traceback", "types", "typing", "unicodedata", "uuid", "warnings", "weakref", "zlib",
)  # fmt: skip
"""What candidates may import: all is loaded before the fork, for no file can be opened after it."""
_ENCODINGS = (
    "ascii cp1252 hex_codec latin_1 rot_13 unicode_escape utf_8_sig utf_16 utf_16_le utf_32"
)
_LAZY = ("_strptime", "tracemalloc", *(f"encodings.{name}" for name in _ENCODINGS.split()))
"""What these import or look up when they are first used."""


def main(control_number: int, asked: Sequence[str]) -> None:
    """Serve until the parent is gone."""
    control = socket.socket(fileno=control_number)
    for name in (*ALLOWED, *_LAZY):
        with suppress(ImportError):  # a Python may be built without some
            importlib.import_module(name)
    _forget()
    with suppress(OSError):  # where memory runs out, candidates are ended, and not the run
        Path("/proc/self/oom_score_adj").write_text("1000")
    found, missing = available(asked)
    sources = select.poll()
    sources.register(control, select.POLLIN)
    with suppress(OSError):  # a copy of the parent may hold the other end of the control socket
        sources.register(watched(os.getppid()), select.POLLIN)
    if "namespaces" in found:
        isolate()
    prepared = Prepared(found)
    gc.collect()
    gc.freeze()
    control.send(json.dumps({"missing": missing}).encode())
    while (job := _next(sources, control)) is not None:
        if job[1]:
            reply = _run(prepared, json.loads(job[0]), job[1][0], partial(_next, sources, control))
            control.send(json.dumps(reply).encode())


def _forget() -> None:
    """Leave no way to import, and no name, of what is not allowed."""
    sys.path.clear()
    sys.path_importer_cache.clear()
    sys.argv[:] = sys.orig_argv[:] = [""]
    for name in [name for name in sys.modules if name.partition(".")[0] == "cogitate"]:
        del sys.modules[name]


def _next(sources: select.poll, control: socket.socket) -> tuple[bytes, list[int]] | None:
    """Wait for a message and its descriptors; None once the parent is gone."""
    ready = {number for number, _event in sources.poll()}
    if ready != {control.fileno()}:
        return None
    message, descriptors, _flags, _address = socket.recv_fds(control, 2**12, 1)
    return (message, descriptors) if message else None


def _run(
    prepared: Prepared, limits: dict[str, int], channel: int, wait: Callable[[], Any]
) -> dict[str, Any]:
    """Fork a child for one candidate, and end it when the parent says so or is gone."""
    try:
        pid = fork(own_processes="namespaces" in prepared.walls)
    except OSError as error:
        os.close(channel)
        wait()
        return {"failed": str(error)}
    if pid == 0:
        _be_candidate(prepared, limits, channel)
    os.close(channel)
    try:
        wait()
    finally:
        os.kill(pid, signal.SIGKILL)
        _pid, status, used = os.wait4(pid, 0)
    return {"status": status, "cpu_s": used.ru_utime + used.ru_stime}


def _be_candidate(prepared: Prepared, limits: dict[str, int], channel: int) -> None:
    """Never returns."""
    try:
        os.setsid()
        try:
            prepared.enclose(limits, channel)
        except OSError as error:
            frames.send(CHANNEL, frames.pack({"failed": str(error.strerror)}))
            os._exit(1)
        inside.serve(CHANNEL)
    finally:
        os._exit(0)
