"""A run goes on with the questions, answers and verifiers that it began with, or says why not."""

import dataclasses
import io
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console

from cogitate.cli import main
from cogitate.config import ColdStartConfig, DrillConfig, PretrainConfig, TaskConfig, TrainConfig
from cogitate.errors import Interrupted, UsageError
from cogitate.tasks import changed, fingerprint, open_family
from cogitate.train.loop import train
from table import Bench, table_config

ROWS = [
    {"question": f"Question {i}?", "answer": "2223"[i % 4], "thought": "so it is", "from": "me"}
    for i in range(40)
]
PYTHON = """
from marks import same

def generate(split, seed, level=None):
    return {"question": f"{split} {seed}?", "answer": str(2 + seed % 2)}

def verify(task, answer):
    return same(task.target, answer)
"""
MARKS = "def same(target, answer): return target == answer"

Change = Callable[[list[dict]], list[dict]]


def write_rows(path: Path, rows: list[dict]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.fixture
def questions(tmp_path: Path) -> Path:
    return write_rows(tmp_path / "questions.jsonl", ROWS)


def settings(questions: Path) -> TrainConfig:
    return table_config(questions, num_steps=4)


def start(config: TrainConfig, out: Path, bench: Bench | None = None, *, resume=False) -> str:
    """Run to the end and return what was shown."""
    shown = io.StringIO()
    console = Console(file=shown, width=1000)
    train(config, out, resume=resume, console=console, build=bench or Bench())
    return shown.getvalue()


def stopped(config: TrainConfig, out: Path) -> Path:
    """Begin a run and press Ctrl-C in its second step."""
    bench = Bench()
    publish, steps = bench.learner.publish, iter(range(1, 1000))

    def pressing(version):
        if next(steps) == 2:
            os.kill(os.getpid(), signal.SIGINT)
        return publish(version)

    bench.learner.publish = pressing
    with pytest.raises(Interrupted):
        start(config, out, bench)
    return out


def everything(folder: Path) -> dict[str, bytes]:
    """Return the contents of all files but the lock, which names the last process."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != ".lock"]
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def cell(column: str, value: object) -> Change:
    return lambda rows: [*rows[:7], rows[7] | {column: value}, *rows[8:]]


EDITS: list[tuple[Change, str]] = [
    (cell("answer", "0"), "other answers"),
    (cell("question", "Question seven?"), "other questions"),
    (cell("thought", "it is not"), "other thoughts"),
    (cell("level", 2), "other columns"),
    (cell("from", "you"), "other columns"),
    (lambda rows: rows[:-1], "other questions"),
    (lambda rows: [*rows, {**rows[0], "question": "One more?"}], "other questions"),
]


def test_a_file_that_was_edited_is_refused_and_the_run_left_as_it_is(
    questions: Path, tmp_path: Path
) -> None:
    config = settings(questions)
    start(config, tmp_path / "whole")
    out = stopped(config, tmp_path / "run")
    before = everything(out)
    for change, says in EDITS:
        write_rows(questions, change(ROWS))
        with pytest.raises(UsageError, match=rf"questions\.jsonl .*{says}.*--out"):
            start(config, out, resume=True)
        assert everything(out) == before
    write_rows(questions, ROWS)
    start(config, out, resume=True)
    assert everything(out / "model") == everything(tmp_path / "whole" / "model")
    write_rows(questions, ROWS[1:])
    said = start(config, out, resume=True)
    assert "this run is finished" in said
    assert "questions.jsonl has changed since this run began" in " ".join(said.split())


def test_the_same_rows_in_other_words_go_on(questions: Path, tmp_path: Path) -> None:
    config = settings(questions)
    out = stopped(config, tmp_path / "run")
    rewritten = [json.dumps(dict(reversed(row.items())), indent=None) for row in reversed(ROWS)]
    questions.write_text("\ufeff" + "\n\n".join(rewritten))
    assert "continuing after step 2" in start(config, out, resume=True)


@pytest.mark.parametrize("part", ["drill", "cold_start", "control", "texts"])
def test_all_that_a_run_learns_from_counts(questions: Path, tmp_path: Path, part: str) -> None:
    other = write_rows(tmp_path / "other.jsonl", ROWS)
    text = tmp_path / "text.txt"
    text.write_text("words " * 50)
    tasks = (TaskConfig(family=str(other)),)
    config = settings(questions)
    changes: dict[str, dict] = {
        "drill": {"drill": DrillConfig(tasks=tasks, num_steps=2)},
        "cold_start": {"cold_start": ColdStartConfig(tasks=tasks, num_steps=2)},
        "control": {"watch": dataclasses.replace(config.watch, control=(str(other),))},
        "texts": {"pretrain": PretrainConfig(texts=(str(text),), num_steps=2)},
    }
    config = dataclasses.replace(config, **changes[part])
    out = stopped(config, tmp_path / "run")
    write_rows(other, cell("answer", "0")(ROWS))
    text.write_text("works " * 50)
    with pytest.raises(UsageError, match=r"text\.txt" if part == "texts" else r"other\.jsonl"):
        start(config, out, resume=True)


def test_a_python_file_counts_with_what_it_imports_from_beside_it(tmp_path: Path) -> None:
    (tmp_path / "family.py").write_text(PYTHON)
    (tmp_path / "marks.py").write_text(MARKS)
    config = settings(tmp_path / "family.py")
    out = stopped(config, tmp_path / "run")
    for name, old, new, says in [
        ("family.py", "str(2 +", "str(1 +", "other answers"),
        ("family.py", "answer)\n", "answer.strip())\n", "other verifier"),
        ("marks.py", "==", "<=", "other verifier"),
    ]:
        file = tmp_path / name
        text = file.read_text()
        file.write_text(text.replace(old, new))
        with pytest.raises(UsageError, match=says):
            start(config, out, resume=True)
        file.write_text(text)
    (tmp_path / "family.py").write_text(PYTHON.replace("def verify", "# as text\ndef verify"))
    assert "continuing after step 2" in start(config, out, resume=True)


def test_rules_of_comparing_count_and_the_version_that_had_them_is_said(
    questions: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = settings(questions)
    out = stopped(config, tmp_path / "run")
    monkeypatch.setattr("cogitate.tasks.fingerprints.RULES", -1)
    began_with = json.loads((out / "config.json").read_text())["resolved"]["version"]
    with pytest.raises(UsageError) as refused:
        start(config, out, resume=True)
    assert "other verifier" in str(refused.value)
    assert began_with in str(refused.value)


def test_a_run_of_old_goes_on_and_it_is_said_that_nothing_could_be_compared(
    questions: Path, tmp_path: Path
) -> None:
    config = settings(questions)
    out = stopped(config, tmp_path / "run")
    values = json.loads((out / "config.json").read_text())
    del values["resolved"]["fingerprints"]
    (out / "config.json").write_text(json.dumps(values))
    shown = start(config, out, resume=True)
    assert "kept no fingerprints" in shown
    assert "questions.jsonl" in shown
    assert (out / "model").is_dir()


def test_of_the_same_path_seen_from_elsewhere_the_contents_decide(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    for folder in (here, there):
        folder.mkdir()
        write_rows(folder / "mine.jsonl", ROWS)
    monkeypatch.chdir(here)
    out = stopped(settings(Path("mine.jsonl")), tmp_path / "run")
    monkeypatch.chdir(there)
    write_rows(there / "mine.jsonl", cell("answer", "0")(ROWS))
    with pytest.raises(UsageError, match=r"mine\.jsonl"):
        start(settings(Path("mine.jsonl")), out, resume=True)
    write_rows(there / "mine.jsonl", ROWS)
    start(settings(Path("mine.jsonl")), out, resume=True)


def test_two_files_of_one_name_are_followed_apart(tmp_path: Path) -> None:
    files = [tmp_path / name / "mine.jsonl" for name in ("twos", "threes")]
    for file, answer in zip(files, "23", strict=True):
        file.parent.mkdir()
        write_rows(file, [row | {"answer": answer} for row in ROWS])
    config = settings(files[0])
    tasks = tuple(TaskConfig(family=str(file)) for file in files)
    start(dataclasses.replace(config, tasks=tasks), tmp_path / "run")
    lines = (tmp_path / "run" / "metrics.jsonl").read_text().splitlines()
    evaluated = next(line for line in map(json.loads, lines) if line["phase"] == "held_out")
    scores = [evaluated[f"held_out/{file}"] for file in files]
    assert sum(scores) / 2 == evaluated["held_out"]


def test_a_python_file_with_few_questions_is_known_by_these(tmp_path: Path) -> None:
    family = tmp_path / "family.py"
    few = PYTHON.replace("    return {", "    assert seed % 10**6 < 12\n    return {").replace(
        "from marks import same", "def same(target, answer): return target == answer"
    )
    family.write_text(few)
    before = fingerprint(open_family(str(family)))
    family.write_text(few.replace("str(2", "str(1"))
    assert changed(before, fingerprint(open_family(str(family)))) == "answers, verifier"


def test_the_command_line_refuses_in_one_line_before_a_model_is_loaded(
    questions: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = stopped(settings(questions), tmp_path / "run")
    write_rows(questions, cell("answer", "0")(ROWS))
    assert main(["train", "own", "--out", str(out), "--resume"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "other answers" in line
