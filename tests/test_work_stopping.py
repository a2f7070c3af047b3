"""Ctrl-C and SIGTERM at any moment: the project is as it was, and nothing is left behind."""

import ctypes
import os
import pty
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from answering import RIGHT, bare_python, lay_project, serving_answers, tree
from cogitate.work.stopping import finish, stoppable

_SET_SUBREAPER = 36
TARGET = "def total(prices):\n    return 1\n"
DIFFERENT = "def total(prices):\n    return sum(prices) if prices else 0.0\n"
COMMAND = """
import sys
from cogitate.cli import main, tdd
print("begins", flush=True)
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def orphans() -> Iterator[None]:
    """Makes this process the parent of all that its children leave behind; none may be left."""
    prctl = ctypes.CDLL(None).prctl
    prctl(_SET_SUBREAPER, 1, 0, 0, 0)
    before = children()
    yield
    deadline = time.monotonic() + 5
    while (left := children() - before) and time.monotonic() < deadline:
        for pid in left:
            os.waitpid(pid, os.WNOHANG)
        time.sleep(0.02)
    prctl(_SET_SUBREAPER, 0, 0, 0, 0)
    assert not left


def children() -> set[int]:
    lists = Path("/proc/self/task").glob("*/children")
    return {int(pid) for path in lists for pid in path.read_text().split()}


def begun(project: Path, *more: str, **streams: Any) -> "subprocess.Popen[str]":
    """Starts tdd as a shell starts it in the background: Ctrl-C is ignored."""
    (project.parent / "scratch").mkdir(exist_ok=True)
    places = {"TMPDIR": str(project.parent / "scratch"), "VIRTUAL_ENV": bare_python()}
    args = ["tdd", str(project / "test_shop.py"), *more, "--samples", "3"]
    return subprocess.Popen(
        [sys.executable, "-c", COMMAND, *args],
        env=os.environ | places,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_IGN),
        **streams,
    )


def stopped(project: Path, model: Sequence[str], after_s: float, *numbers: signal.Signals) -> int:
    """Runs tdd, sends it signals some time after it began, and returns its exit status."""
    scratch = project.parent / "scratch"
    pipe = subprocess.PIPE
    with begun(project, *model, "--apply", stdout=pipe, stderr=pipe) as process:
        assert process.stdout.readline() == b"begins\n"
        time.sleep(after_s)
        for number in numbers:
            process.send_signal(number)
        said = process.communicate(timeout=20)
    assert list(scratch.iterdir()) == []
    assert process.returncode in (0, 130, -signal.SIGTERM), said  # -15: not begun yet, or done
    return process.returncode


@pytest.mark.parametrize("seed", range(8))
def test_at_any_moment_nothing_is_changed_and_nothing_is_left(
    tmp_path: Path, orphans: None, seed: int
) -> None:
    (tmp_path / "project").mkdir()
    project = lay_project(tmp_path / "project")
    (project / "shop.py").write_text(TARGET)
    before = tree(project)
    draw = random.Random(seed)
    first = draw.choice([signal.SIGINT, signal.SIGTERM])
    after_s = seed * 0.25 + draw.random() * 0.25
    with serving_answers([RIGHT, DIFFERENT], seconds=(0.2, 0.9)) as server:
        model = ["--url", server.url, "--model", "m"]
        code = stopped(project, model, after_s, first, signal.SIGINT)
    if code == 130 or tree(project) == before:
        assert tree(project) == before
    else:
        assert (project / "shop.py").read_text() in (RIGHT, DIFFERENT)
        assert (project / "shop.py.orig").read_text() == TARGET


@pytest.mark.parametrize("after_s", [1.5, 3.5])
def test_a_model_in_this_process_stops_too(tmp_path: Path, orphans: None, after_s: float) -> None:
    (tmp_path / "project").mkdir()
    project = lay_project(tmp_path / "project")
    before = tree(project)
    model = ["--model", "mini", "--answer", "900", "--repair", "999"]
    assert stopped(project, model, after_s, signal.SIGTERM) == 130
    assert tree(project) == before


def test_a_question_on_a_terminal_stops_too(tmp_path: Path, orphans: None) -> None:
    (tmp_path / "project").mkdir()
    project = lay_project(tmp_path / "project")
    before = tree(project)
    ours, theirs = pty.openpty()
    said = b""
    with serving_answers([RIGHT]) as server, os.fdopen(ours, "rb", 0) as terminal:
        model = ["--url", server.url, "--model", "m"]
        process = begun(project, *model, stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        with process:
            while b"write shop.py? [y/N]" not in said:
                said += terminal.read(4096)
            process.send_signal(signal.SIGINT)
            try:
                assert process.wait(20) == 130
            finally:
                process.kill()
    assert b"candidate 3" in said
    assert tree(project) == before
    assert list((tmp_path / "scratch").iterdir()) == []


def test_what_fails_after_the_signal_is_the_interruption() -> None:
    def broken_off() -> None:
        with stoppable():
            try:
                signal.raise_signal(signal.SIGTERM)
            except KeyboardInterrupt as error:
                raise ImportError("as C does") from error

    handler = signal.getsignal(signal.SIGTERM)
    with pytest.raises(KeyboardInterrupt):
        broken_off()
    assert signal.getsignal(signal.SIGTERM) is handler


def test_a_second_signal_does_not_disturb_the_first() -> None:
    cleaned: list[bool] = []

    def stopped_twice() -> None:
        with stoppable():
            try:
                signal.raise_signal(signal.SIGINT)
            finally:
                signal.raise_signal(signal.SIGINT)
                signal.raise_signal(signal.SIGTERM)
                cleaned.append(True)

    with pytest.raises(KeyboardInterrupt):
        stopped_twice()
    assert cleaned


def test_what_is_written_is_written_whole() -> None:
    with stoppable():
        finish()
        signal.raise_signal(signal.SIGINT)
