"""A scripted server with OpenAI's API, and a project whose tests it is asked to satisfy."""

import atexit
import io
import os
import shutil
import tempfile
import time
import venv
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cogitate.cli import main
from replying import Replying, replying
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


class Scripted(Replying):
    """A server that gives these programs in turn, each after some seconds."""

    def __init__(self, answers: list[str], seconds: Sequence[float] = (0,)) -> None:
        super().__init__()
        self.answers, self.seconds = answers, seconds
        self.asked: list[dict[str, Any]] = []

    def reply(self, body: dict[str, Any]) -> str:
        number = body["seed"]  # of the first samples 0, 1, ...
        self.asked.append(body)
        time.sleep(self.seconds[number % len(self.seconds)])
        return f"```python\n{self.answers[number % len(self.answers)]}```"


def serving_answers(
    answers: list[str], seconds: Sequence[float] = (0,)
) -> AbstractContextManager[Scripted]:
    return replying(Scripted(answers, seconds))


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


def write_files(root: Path, files: Mapping[str, str]) -> None:
    """Writes files with their folders, and their newlines as they are."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(text.encode())


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
