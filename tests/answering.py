"""A scripted server with OpenAI's API, and a project whose tests it is asked to satisfy."""

import atexit
import io
import json
import os
import shutil
import tempfile
import threading
import time
import venv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from cogitate.cli import main
from test_sandbox_suite import FASTER

TESTS = """
import unittest
from shop import total


class TestTotal(unittest.TestCase):
    def test_some(self):
        self.assertEqual(total([1, 2]), 3)

    def test_none(self):
        self.assertEqual(total([]), 0)
"""
RIGHT = "def total(prices):\n    return sum(prices)\n"
WRONG = "def total(prices):\n    return 3\n"


class Scripted(ThreadingHTTPServer):
    """A server with OpenAI's API that gives these answers in turn."""

    daemon_threads = True

    def __init__(self, answers: list[str], seconds: Sequence[float] = (0,)) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers, self.seconds, self.asked = answers, seconds, []
        self.url = f"http://127.0.0.1:{self.server_port}/v1"


class Handler(BaseHTTPRequestHandler):
    server: Scripted

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        number = body["seed"]  # of the first samples 0, 1, ...
        text = self.server.answers[number % len(self.server.answers)]
        self.server.asked.append(body)
        time.sleep(self.server.seconds[number % len(self.server.seconds)])
        message = {"role": "assistant", "content": f"```python\n{text}```"}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        data = json.dumps({"choices": [choice]}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        with suppress(OSError):  # the client was stopped
            self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving_answers(answers: list[str], seconds: Sequence[float] = (0,)) -> Iterator[Scripted]:
    with Scripted(answers, seconds) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def lay_project(folder: Path) -> Path:
    (folder / "pytest.ini").write_text(f"[pytest]\naddopts = {FASTER}\n")
    (folder / "test_shop.py").write_text(TESTS)
    return folder


class Typed(io.StringIO):
    """What a user types at a terminal."""

    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        return _READY


_READY = os.open(os.devnull, os.O_RDONLY)


def at_terminal(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    """Standard input and output become a terminal's, at which these lines are typed."""
    monkeypatch.setattr("sys.stdin", Typed("".join(f"{line}\n" for line in lines)))
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)


@cache
def bare_python() -> str:
    """An environment without pytest, for $VIRTUAL_ENV: tests of unittest are faster there."""
    folder = tempfile.mkdtemp()
    Path(folder).chmod(0o755)  # the sandbox's user reads it
    atexit.register(shutil.rmtree, folder)
    venv.create(folder, with_pip=False, symlinks=True)
    return folder


def tdd(project: Path, server: Scripted, *more: str) -> int:
    test = str(project / "test_shop.py")
    return main(["tdd", test, "--url", server.url, "--model", "m", "--samples", "2", *more])


def tree(folder: Path) -> dict[str, tuple[int, bytes | str]]:
    """Returns all files and folders with their modes and contents."""
    found: dict[str, tuple[int, bytes | str]] = {}
    for path in folder.rglob("*"):
        if path.is_symlink():
            contents = str(path.readlink())
        else:
            contents = path.read_bytes() if path.is_file() else ""
        found[str(path.relative_to(folder))] = (path.lstat().st_mode, contents)
    return found
