"""Whatever a verifier does, the run goes on and says what happened."""

import os
import signal
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from cogitate.errors import UsageError
from cogitate.tasks import isolated, open_family
from cogitate.tasks.capabilities import CALLS
from cogitate.tasks.isolated import Isolated
from cogitate.types import Task, Verdict
from cogitate.verify import judge

FILE = """
import os, subprocess, sys, time
from cogitate.types import Verdict

def generate(split, seed, level=None):
    return {"question": f"{split} {seed}", "answer": seed}

def spin():
    while True:
        pass

def endless():
    while True:
        print("x" * 10000)

def session():
    os.setsid()

def stray():
    subprocess.Popen(["sleep", "77"], start_new_session=True)
    time.sleep(99)

def verify(task, answer):
    return eval(answer, globals() | {"task": task})
"""


@pytest.fixture(scope="module")
def family(tmp_path_factory: pytest.TempPathFactory) -> Isolated:
    path = tmp_path_factory.mktemp("judge") / "eval.py"
    path.write_text(FILE)
    opened = open_family(str(path))
    assert isinstance(opened, Isolated)
    return opened


@pytest.fixture(scope="module")
def task(family: Isolated) -> Task:
    return family.generate("train", 3)


@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("1 / 0", "raised ZeroDivisionError"),
        ("nothing", "raised NameError"),
        ("sys.exit(0)", "raised SystemExit"),
        ("int('x' * 9999)", "raised ValueError"),
        ("'yes'", "could not convert string"),
        ("float('nan')", "not within 0 to 1"),
        ("float('inf')", "not within 0 to 1"),
        ("2", "not within 0 to 1"),
        ("[]", "raised TypeError"),
        ("None", "no reward"),
        ("Verdict(reward=float('nan'))", "the reward nan"),
        ("Verdict(reward=0.5)", "the reward 0.5"),
        ("Verdict(reward='1')", "the reward 1"),
        ("Verdict(reward=1.0, parts={'a': object()})", "raised TypeError"),
        ("os._exit(7)", "exit status 7"),
        ("os.kill(os.getpid(), 9)", "SIGKILL"),
        ("os.close(int(sys.argv[2]))", "process"),
    ],
)
def test_failures_are_verdicts(family: Isolated, task: Task, code: str, why: str) -> None:
    verdict = judge(family, task, code, timeout_s=30)
    assert verdict.reward is None
    assert why in verdict.why
    assert "\n" not in verdict.why
    assert judge(family, task, "True", timeout_s=30).reward == 1


@pytest.mark.parametrize("code", ["spin()", "time.sleep(99)", "endless()", "stray()"])
def test_what_hangs_is_killed_with_its_children(family: Isolated, task: Task, code: str) -> None:
    judge(family, task, "True", timeout_s=30)
    start = time.monotonic()
    verdict = judge(family, task, code, timeout_s=0.5)
    assert verdict.reward is None
    assert "within 0.5 s" in verdict.why
    assert time.monotonic() - start < 5
    for _ in range(50):  # the kernel takes its time
        if sleepers():
            time.sleep(0.1)
    assert not sleepers()


def sleepers() -> list[int]:
    """Processes that a verifier started and that should be gone."""
    entries = Path("/proc").glob("[0-9]*/cmdline")
    return [int(entry.parent.name) for entry in entries if content(entry) == b"sleep\x0077\x00"]


def content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_a_fork_answers_once(family: Isolated, task: Task) -> None:
    assert judge(family, task, "os.fork() >= 0", timeout_s=30).reward == 1
    for expected in (1, 0, 1, 0):
        assert judge(family, task, str(bool(expected)), timeout_s=30).reward == expected


def test_who_kills_its_parent_does_not_kill_us(family: Isolated, task: Task) -> None:
    assert judge(family, task, "os.kill(os.getppid(), 9) is None", timeout_s=30).reward == 1
    assert judge(family, task, "True", timeout_s=30).reward == 1


def test_printing_disturbs_nobody(family: Isolated, task: Task, capfd) -> None:
    assert judge(family, task, "print('{\"result\": 1}') or True", timeout_s=30).reward == 1
    assert capfd.readouterr() == ("", "")


def test_scores_below_1_are_wrong(family: Isolated, task: Task) -> None:
    verdict = judge(family, task, "0.5", timeout_s=30)
    assert (verdict.reward, verdict.parts) == (0.0, {"score": 0.5})


def test_it_works_off_the_main_thread(family: Isolated, task: Task) -> None:
    rewards: list[float | None] = []
    threads = [
        threading.Thread(target=lambda: rewards.append(judge(family, task, "True").reward))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rewards == [1.0] * 4


def test_a_child_that_was_killed_while_idle_is_started_again(
    family: Isolated, task: Task, tmp_path: Path
) -> None:
    path = tmp_path / "pid"
    judge(family, task, f"open({str(path)!r}, 'w').write(str(os.getpid())) and True", timeout_s=30)
    os.kill(int(path.read_text()), signal.SIGKILL)
    assert family.generate("train", 3) == task


@pytest.mark.parametrize(("code", "times"), [("os._exit(3)", 2), ("time.sleep(99)", 1)])
def test_what_dies_is_repeated_once_and_what_hangs_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, times: int
) -> None:
    path = tmp_path / "asked"
    (tmp_path / "own.py").write_text(
        "import os, time\n\ndef generate(split, seed, level=None):\n"
        f"    os.write(os.open({str(path)!r}, os.O_CREAT | os.O_APPEND | os.O_WRONLY), b'x')\n"
        f"    {code}\n\ndef verify(task, answer):\n    return 1\n"
    )
    family = open_family(str(tmp_path / "own.py"))
    quick = CALLS | {"generate": replace(CALLS["generate"], timeout_s=2.0)}
    monkeypatch.setattr(isolated, "CALLS", quick)
    with pytest.raises(UsageError, match="generate: "):
        family.generate("train", 0)
    assert path.read_text() == "x" * times


def test_closing_ends_the_child(tmp_path: Path) -> None:
    (tmp_path / "own.py").write_text(FILE)
    family = open_family(str(tmp_path / "own.py"))
    assert isinstance(family, Isolated)
    task = family.generate("train", 0)
    (tmp_path / "pid").write_text("")
    judge(family, task, f"open({str(tmp_path / 'pid')!r}, 'w').write(str(os.getpid())) and True")
    pid = int((tmp_path / "pid").read_text())
    family.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert judge(family, task, "True").reward == 1


class Broken:
    """A family of our own process whose verifier is wrong."""

    name = "broken"

    def __init__(self, given: object) -> None:
        self.given = given

    def generate(self, split: str, seed: int, level: int | None = None) -> Task:
        return Task(
            key=f"{split}/{seed}", family=self.name, level=level or 1, question="", target=""
        )

    def verify(self, task: Task, answer: str) -> Verdict:
        if isinstance(self.given, Exception):
            raise self.given
        return self.given  # pyright: ignore[reportReturnType]


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (KeyError("x"), "raised KeyError"),
        (RecursionError(), "raised RecursionError"),
        (1.0, "not a Verdict"),
        (None, "not a Verdict"),
        (Verdict(reward=float("nan")), "the reward nan"),
        (Verdict(reward=0.3), "must be 0 or 1"),
    ],
)
def test_our_own_process_is_guarded_too(given: object, why: str) -> None:
    family = Broken(given)
    verdict = judge(family, family.generate("train", 0), "3")
    assert verdict.reward is None
    assert why in verdict.why
