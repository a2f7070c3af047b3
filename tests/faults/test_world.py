"""What a machine can do to a run: full disks, damaged files, jumping clocks, hanging verifiers."""

import http.server
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from cogitate.cli import main
from cogitate.config import TrainConfig
from cogitate.errors import CheckpointError
from cogitate.tasks import load_family
from cogitate.verify import judge
from table import Bench, table_config, write_questions
from test_train_loop import rl_steps, start, weights


@pytest.fixture
def config(tmp_path: Path) -> TrainConfig:
    return table_config(write_questions(tmp_path / "questions.jsonl", "2223"))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of one megabyte, which only root may mount.

    Without that right nothing is left untested: `test_runs_checkpoint`, `test_train_loop` pretend
    a full disk on any machine.
    """
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if not shutil.which("mount") or subprocess.run(command, check=False).returncode:
        pytest.skip("only root may mount a small disk; pretended full disks are tested everywhere")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


class Filling(Bench):
    """A bench that fills the disk at its nth update, but for so many bytes."""

    def __init__(self, disk: Path, at: int, left: int) -> None:
        super().__init__()
        plain, updates = self.learner.forward_backward, iter(range(1000))

        def forward_backward(data):
            if next(updates) == at:
                free = shutil.disk_usage(disk).free
                with (disk / "filler").open("wb") as file:
                    file.write(b"\0" * (free - left))
            return plain(data)

        self.learner.forward_backward = forward_backward

    def __call__(self, config, machine):
        return replace(super().__call__(config, machine), checkpoint_bytes=200_000)


@pytest.mark.parametrize(
    ("left", "error"), [(100_000, CheckpointError), (0, OSError)], ids=["no checkpoint", "no line"]
)
def test_a_disk_that_fills_up_loses_nothing(
    config: TrainConfig, tmp_path: Path, small_disk: Path, left: int, error: type[Exception]
) -> None:
    out = small_disk / "run"
    with pytest.raises(error, match="space"):
        start(config, out, Filling(small_disk, 6, left))
    assert not (out / "model").exists()
    (small_disk / "filler").unlink()
    start(config, out, Bench(), resume=True)
    start(config, tmp_path / "whole", Bench())
    assert weights(out) == weights(tmp_path / "whole")


@pytest.mark.parametrize("out", ["/proc/run", "/dev/null/run"])
def test_a_folder_that_cannot_be_written_is_one_line(
    out: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "canary", "--out", out]) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    assert out.rpartition("/")[0] in said


@pytest.mark.parametrize("name", ["metrics.jsonl", "events.jsonl", "rollouts/step-000004.jsonl"])
@pytest.mark.parametrize("harm", ["cut short", "a flipped bit", "binary"])
def test_damaged_logs_are_reported_in_a_line_and_never_read_as_something_else(
    config: TrainConfig, tmp_path: Path, name: str, harm: str, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "run"
    start(config, out)
    path = out / name
    whole = path.read_bytes()
    line_end = whole.index(b"\n")
    harmed = {
        "cut short": whole[:-3],
        "a flipped bit": whole[:line_end - 1] + b"]" + whole[line_end:],
        "binary": whole[:3] + b"\xff\xfe" + whole[5:],
    }[harm]  # fmt: skip
    path.write_bytes(harmed)
    capsys.readouterr()
    status = main(["report", str(out)])
    said = capsys.readouterr().err
    if harm == "cut short":  # as a kill leaves it: the half line never counted
        assert status == 0
    else:
        assert status == 2
        assert said.count("\n") == 1
        assert f"{path}: line 1" in said


def test_a_clock_that_jumps_changes_nothing(
    config: TrainConfig, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start(config, tmp_path / "calm")
    plain, jumps = time.time, iter(range(10**6))
    monkeypatch.setattr(time, "time", lambda: plain() + (-1) ** next(jumps) * 86_400.0)
    start(config, tmp_path / "jumping")
    assert weights(tmp_path / "calm") == weights(tmp_path / "jumping")
    for line in rl_steps(tmp_path / "jumping"):
        assert 0 <= line["rollout_s"] < 60


HANGS = """
import os, time
from cogitate.types import Task, Verdict

class Hangs:
    name = "hangs"

    def generate(self, split, seed, level=None):
        return Task(key=f"hangs/{split}/{seed}", family="hangs", level=1, question=f"{seed}?",
                    target=str(7 * seed + 1), metadata={})

    def verify(self, task, answer):
        if answer == "hang":
            if os.fork() == 0:
                time.sleep(600)
            time.sleep(600)
        return Verdict(reward=float(answer == task.target))

family = Hangs()
"""


def zombies_and_children() -> list[str]:
    """Return the processes below this one that are still there, dead ones included."""
    found: list[str] = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = status.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if int(fields[1]) == os.getpid():
            found.append(f"{status.parent.name} {fields[0]}")
    return found


@pytest.mark.slow
def test_verifiers_that_hang_leave_no_process_behind(tmp_path: Path) -> None:
    """Of `COGITATE_HANGS` verifiers; by hand a thousand."""
    path, num = tmp_path / "hangs.py", int(os.environ.get("COGITATE_HANGS", "10"))
    path.write_text(HANGS)
    before = zombies_and_children()
    family = load_family(str(path))
    task = family.generate("train", 3)
    for _ in range(num):
        verdict = judge(family, task, "hang", timeout_s=0.05)
        assert verdict.reward is None
        assert "no reply within 0.05 s" in verdict.why
    assert judge(family, task, task.target).reward == 1
    family.close()  # pyright: ignore[reportAttributeAccessIssue]
    assert zombies_and_children() == before


GREEDY = """
import os
import signal
from pathlib import Path

from cogitate.types import Task, Verdict


class Greedy:
    name = "greedy"

    def generate(self, split, seed, level=None):
        return Task(key=f"{split}/{seed}", family=self.name, level=1, question=f"{split} {seed}?",
                    target=f"{seed}", metadata={})

    def verify(self, task, answer):
        if answer == "much":
            return Verdict(reward=float(len(bytearray(1 << 40)) > 0))
        if answer == "too late":  # what the system does where memory has run out
            score = int(Path("/proc/self/oom_score_adj").read_text())
            os.kill(os.getpid(), signal.SIGKILL if score == 1000 else signal.SIGSTOP)
        return Verdict(reward=float(answer == task.target))


family = Greedy()
"""


def test_a_verifier_that_takes_all_memory_goes_before_the_run_that_asks_it(tmp_path: Path) -> None:
    path = tmp_path / "greedy.py"
    path.write_text(GREEDY)
    family = load_family(str(path))
    task = family.generate("train", 3)
    for answer, why in [("much", "MemoryError"), ("too late", "SIGKILL")]:
        verdict = judge(family, task, answer)
        assert verdict.reward is None
        assert why in verdict.why
        assert judge(family, task, task.target).reward == 1
    family.close()  # pyright: ignore[reportAttributeAccessIssue]


class BadHub(http.server.BaseHTTPRequestHandler):
    """A hub that sends garbage, or never sends anything."""

    def do_GET(self) -> None:
        if "stalls" in self.path:
            time.sleep(20)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"<html>not what you think" * 10)

    do_HEAD = do_GET  # noqa: N815 (the name that is looked for)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def hub() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), BadHub)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("name", ["someone/garbage", "someone/stalls"])
def test_a_hub_that_stalls_or_sends_garbage_is_one_line(
    hub: str, tmp_path: Path, name: str
) -> None:
    env = os.environ | {
        "HF_ENDPOINT": hub, "HF_HUB_ETAG_TIMEOUT": "1", "HF_HUB_DOWNLOAD_TIMEOUT": "1",
        "HF_HOME": str(tmp_path / "hf"), "COGITATE_CACHE": str(tmp_path / "cache"),
    }  # fmt: skip
    command = [sys.executable, "-m", "cogitate", "models", "pull", name]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=env)
    assert done.returncode == 1, done
    assert name in done.stderr
    assert "Traceback" not in done.stderr
