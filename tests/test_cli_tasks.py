"""`cogitate tasks judge`: what a family's verifier says of an answer."""

import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from cogitate.cli import main
from cogitate.verify import judge

VERIFIER = """
import os, time

def generate(split, seed, level=None):
    return {"question": f"{split} {seed}?\\nAnswer in digits.", "answer": seed}

def verify(task, answer):
    if answer == "raise":
        raise ValueError("not\\ntoday")
    if answer == "hang":
        time.sleep(60)
    if answer == "die":
        os._exit(3)
    return None if answer == "none" else 0.5 if answer == "half" else answer == task.target
"""
TURNS = Path(__file__).parent.parent / "docs" / "examples" / "higher_lower.py"

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Judge an answer in a file; returns exit status, what was printed, and what was said."""
    monkeypatch.chdir(tmp_path)
    rows = [{"question": f"What follows {i}?", "answer": i + 1} for i in range(40)]
    Path("sums.jsonl").write_text("\n".join(map(json.dumps, rows)))
    Path("sums.csv").write_text("question,answer\nHow far?,12 km\nHow much?,$5\nquestion,answer\n")
    Path("own.py").write_text(VERIFIER)
    Path("turns.py").write_text(TURNS.read_text())

    def tasks(family: str, key: str, answer: str, *more: str) -> tuple[int, str, str]:
        Path("answer.txt").write_text(answer, encoding="utf-8")
        code = main(["tasks", "judge", family, "--key", key, "--answer", "answer.txt", *more])
        shown = capsys.readouterr()
        return code, shown.out, shown.err

    return tasks


def test_a_verdict_is_shown_with_its_reason(run: Run) -> None:
    assert run("arithmetic", "test:3:2", "It is 2.\n") == (
        0,
        "task      arithmetic/test/3/level2, level 2\n"
        "question  What is 9 - 7?\n"
        "target    2\n"
        "verdict   wrong, reward 0\n"
        "why       expected '2', got 'It is 2.'\n"
        "lenient   correct\n",
        "",
    )
    code, out, _ = run("own.py", "test:3", "3")
    assert code == 0
    assert "question  test 3?\n          Answer in digits.\ntarget    3\nverdict   correct" in out


@pytest.mark.parametrize(
    ("family", "key", "answer", "reward"),
    [
        ("countdown", "countdown/train/7", "1", 0),
        ("reasoning_gym:spell_backward", "test:1", "no", 0),
        ("sums.jsonl", "sums.jsonl/test/0", "31", 1),
        ("sums.jsonl", "test:0", "\ufeff<think>30 + 1\nis 31</think>\n31", 1),
        ("sums.jsonl", "test:0", "<think>31", 0),
        ("sums.jsonl", "test:0", "", 0),
        ("sums.csv", "train:0", "12", 1),
        ("own.py", "train:5:1", "5", 1),
        ("own.py", "train:5", "half", 0),
        ("turns.py", "test:3", "2", 1),
    ],
)
def test_json_is_one_object_for_every_family(
    run: Run, family: str, key: str, answer: str, reward: float
) -> None:
    code, out, err = run(family, key, answer, "--json")
    found = json.loads(out)
    assert (code, err, found["reward"]) == (0, "", reward)
    assert found["verdict"] == ("correct" if reward else "wrong")
    assert found["lenient"] == (None if family == "turns.py" else reward)
    assert {"family", "key", "level", "question", "target", "answer", "parts", "why"} <= {*found}
    again = run(family, found["key"], found["target"], "--json")
    assert json.loads(again[1])["verdict"] == "correct"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ("raise", "raised ValueError: not today"),
        ("hang", "no reply within 2 s; its process was killed"),
        ("die", "exit status 3"),
        ("none", "gave no reward"),
    ],
)
def test_a_verifier_that_fails_is_said_and_has_status_2(
    run: Run, answer: str, why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judge, "__defaults__", (2.0,))
    code, out, err = run("own.py", "test:1", answer)
    assert code == 2
    assert "verdict   the verifier failed\n" in out
    assert why in out
    assert why in err
    assert err.count("\n") == 1
    code, out, _ = run("own.py", "test:1", answer, "--json")
    assert (code, json.loads(out)["reward"]) == (2, None)


def test_an_answer_can_come_by_pipe(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b" 31\n")))
    assert "correct, reward 1" in run("sums.jsonl", "test:0", "", "--answer", "-")[1]


@pytest.mark.parametrize(
    ("args", "says"),
    [
        ("judge arithmatic --key test:1 --answer sums.csv", "did you mean arithmetic?"),
        ("judge nowhere.jsonl --key test:1 --answer sums.csv", "nowhere.jsonl does not exist"),
        ("judge sums.jsonl --key test:99 --answer sums.csv", "sums.jsonl has 9 test questions"),
        ("judge sums.jsonl --key what --answer sums.csv", "its keys are such as sums.jsonl/test/0"),
        ("judge sums.jsonl --key test:0 --answer nowhere.txt", "nowhere.txt cannot be read: No"),
        ("judge sums.jsonl --key test:0 --answer .", "--answer . cannot be read: Is a directory"),
        ("judge sums.jsonl --key test:0 --answer bytes", "--answer bytes is not UTF-8 text"),
        ("judge sums.jsonl --key test:0", "needs --key, the task's key, and --answer"),
        ("judge sums.jsonl --answer sums.csv", "needs --key, the task's key, and --answer"),
        ("judge --key test:0 --answer sums.csv", "which family?"),
        ("check arithmetic --key test:0", "go with cogitate tasks judge"),
        ("list --json", "go with cogitate tasks judge"),
    ],
)
@pytest.mark.usefixtures("run")
def test_bad_input_is_one_line(
    args: str, says: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff\xfe")
    assert main(["tasks", *args.split()]) == 2
    shown = capsys.readouterr()
    assert says in shown.err
    assert (shown.out, shown.err.count("\n")) == ("", 1)
