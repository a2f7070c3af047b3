"""A question that the model's context cannot hold is reported before a run begins."""

import io
import json
from pathlib import Path

import pytest
from rich.console import Console

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
    config, out = table_config(questions), tmp_path / "run"
    with pytest.raises(UsageError, match=r"long.*tokens and the model has a context of 256"):
        train(config, out, console=Console(file=io.StringIO()), build=Bench())
    assert not (out / "config.json").exists()
