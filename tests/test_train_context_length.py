"""A question that the model's context cannot hold is reported before a run begins."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from cogitate.config import ColdStartConfig, TaskConfig
from cogitate.errors import UsageError
from cogitate.train.loop import train
from table import Bench, table_config, write_questions


def test_a_question_longer_than_the_context_is_named_before_anything_is_written(
    tmp_path: Path,
) -> None:
    questions = write_questions(tmp_path / "questions.jsonl", "2223")
    with questions.open("a") as rows:
        rows.writelines(
            json.dumps({"question": f"{i} long " * 60, "answer": "2"}) + "\n" for i in range(5)
        )
    out = tmp_path / "run"
    config = table_config(questions)
    with pytest.raises(UsageError, match=r"long.*tokens and the model has a context of 256"):
        train(config, out, console=Console(file=io.StringIO()), build=Bench())
    assert not (out / "config.json").exists()


def test_questions_of_a_phase_of_its_own_are_checked_too(tmp_path: Path) -> None:
    questions = write_questions(tmp_path / "questions.jsonl", "2223")
    replies = tmp_path / "replies.jsonl"
    rows = [{"question": f"{i} long " * 60, "answer": "2", "thought": "2"} for i in range(9)]
    replies.write_text("".join(json.dumps(row) + "\n" for row in rows))
    shown = ColdStartConfig(tasks=(TaskConfig(family=str(replies)),), num_steps=1)
    config = replace(table_config(questions), cold_start=shown)
    with pytest.raises(UsageError, match=r"replies.*tokens and the model has a context of 256"):
        train(config, tmp_path / "run", console=Console(file=io.StringIO()), build=Bench())
