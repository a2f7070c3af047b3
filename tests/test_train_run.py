"""Which checkpoint a run's model is."""

import json
import shutil
from collections import namedtuple
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cogitate.config import DrillConfig
from cogitate.errors import Interrupted, UsageError
from cogitate.evaluate import Record
from cogitate.evaluate.scoring import answered
from cogitate.runs.checkpoint import list_checkpoints, write_checkpoint
from cogitate.runs.folder import read_lines
from cogitate.runs.opening import locate
from cogitate.train.held_out import HeldOutEval
from table import Bench, interrupt_at, table_config, write_questions
from test_train_loop import start


@pytest.mark.parametrize(("last", "chosen"), [(0.85, 12), (0.77, 12), (0.7, 6)])
def test_an_earlier_model_is_taken_only_where_it_is_better_by_more_than_chance(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: float, chosen: int
) -> None:
    config = table_config(write_questions(tmp_path / "questions.jsonl", "2223"))
    scores = iter([0.0, 0.9, last])

    def evaluate(self: HeldOutEval, *_: object) -> dict[str, float]:
        self.num_questions = 40
        return {"held_out": next(scores), "held_out_questions": 40.0}

    monkeypatch.setattr("cogitate.train.held_out.HeldOutEval.evaluate", evaluate)
    shown = start(config, tmp_path / "run")
    assert f"the model of step {chosen} is" in shown


@pytest.mark.parametrize(("num_judged", "evaluated"), [(0, [0, 12]), (1, [0, 6, 12])])
def test_verdicts_that_fail_neither_end_a_run_nor_choose_its_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, num_judged: int, evaluated: list[int]
) -> None:
    calls = iter(range(3))

    def failing(*given: Any) -> list[Record]:
        records = answered(*given)
        if next(calls) != 1:
            return [replace(record, strict=0.0) for record in records]
        failed = [replace(record, strict=None, why="timed out") for record in records]
        return [
            *(replace(record, strict=1.0) for record in failed[:num_judged]),
            *failed[num_judged:],
        ]

    monkeypatch.setattr("cogitate.train.held_out.answered", failing)
    out = tmp_path / "run"
    shown = start(table_config(write_questions(tmp_path / "q.jsonl", "2223")), out)
    assert "held-out answers were not judged: timed out; this evaluation selects no" in shown
    assert "the model of step 12 is" in shown
    assert "step-000006" not in [path.name for path in list_checkpoints(out / "checkpoints")]
    lines = [m for m in read_lines(out / "metrics.jsonl") if m["phase"] == "held_out"]
    assert [line["step"] for line in lines] == evaluated
    assert sum(line["held_out_failed"] for line in lines) == sum(
        lines[0]["held_out_questions"] - line["held_out_questions"] for line in lines
    )


def test_what_a_killed_run_left_does_not_keep_it_from_going_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config, out = table_config(write_questions(tmp_path / "q.jsonl", "2223")), tmp_path / "run"
    with pytest.raises(Interrupted):
        start(config, out, interrupt_at(5))
    folder = out / "checkpoints"

    def killed(_unfinished: Path) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_checkpoint(folder, step=8, score=None, state={}, save=killed)
    usage = namedtuple("Usage", "total used free")
    space = lambda _: usage(10**9, 0, 0 if list(folder.glob(".unfinished-*")) else 10**9)  # noqa: E731
    monkeypatch.setattr(shutil, "disk_usage", space)
    assert "the model of step 12 is" in start(config, out, resume=True)
    written = (out / "written.txt").read_text().split("\n")
    assert {path.name for path in out.iterdir()} <= set(written)


@pytest.mark.parametrize(("chat", "evaluated"), [(True, [0, 3]), (False, [0])])
def test_a_run_of_drill_alone_hands_out_what_was_learned(
    tmp_path: Path, chat: bool, evaluated: list[int]
) -> None:
    """It is evaluated only where it is asked as it was practised."""
    config = replace(
        table_config(write_questions(tmp_path / "questions.jsonl", "2223"), num_steps=0),
        drill=DrillConfig(num_steps=3, items_per_step=5, lr=0.01, chat=chat),
    )
    assert "the model of step 3 is" in start(config, tmp_path / "run")
    lines = read_lines(tmp_path / "run" / "metrics.jsonl")
    assert [line["step"] for line in lines if line["phase"] == "held_out"] == evaluated


@pytest.mark.parametrize(
    ("objective", "updates", "told"),
    [("reinforce", 2, True), ("cispo", 2, False), ("reinforce", 1, False)],
)
def test_several_updates_that_nothing_corrects_are_said(
    tmp_path: Path, objective: str, updates: int, told: bool
) -> None:
    questions = write_questions(tmp_path / "questions.jsonl", "2223")
    config = table_config(questions, num_steps=1, objective=objective, updates_per_batch=updates)
    bench = Bench(metrics={"num_tokens": 1.0, "logprob": 0.0})
    shown = start(config, tmp_path / "run", bench)
    assert (
        "older than the weights, which rl.objective reinforce does not correct" in shown
    ) == told


@pytest.mark.parametrize(("scores", "used"), [((0.5, None), 4), ((0.5, None, 0.4), 0)])
def test_of_an_unfinished_run_the_latest_is_asked_unless_the_best_is_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], scores: tuple[float | None, ...], used: int
) -> None:
    for place, score in enumerate(scores):
        write_checkpoint(
            tmp_path / "checkpoints", step=4 * place, score=score, state={}, save=lambda _: None
        )
    name = f"step-{used:06d}"
    assert locate(str(tmp_path))[0] == str(tmp_path / "checkpoints" / name / "model")
    assert f"is not finished; using {name}" in capsys.readouterr().err


@pytest.mark.parametrize("line", ['{"loss": 1}', "[1]", "3", '{"step": 1}', "text"])
@pytest.mark.parametrize("name", ["metrics.jsonl", "events.jsonl"])
def test_a_line_of_another_program_in_a_log_is_named(tmp_path: Path, name: str, line: str) -> None:
    logged = {"step": 1, "phase": "rl", "event": "resumed"}
    (tmp_path / name).write_text(json.dumps(logged) + "\n")
    assert read_lines(tmp_path / name) == [logged]
    with (tmp_path / name).open("a") as file:
        file.write(f"{line}\n")
    with pytest.raises(UsageError, match=f"{name}: line 2 is damaged"):
        read_lines(tmp_path / name)
