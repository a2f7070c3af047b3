"""What a run shows while it goes: on a terminal, and to trackers."""

import io
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from cogitate.train.loop import train
from table import Bench, table_config, write_questions


def test_the_live_view_shows_a_run(tmp_path: Path) -> None:
    config = table_config(write_questions(tmp_path / "questions.jsonl", "2223"))
    shown = io.StringIO()
    terminal = {"TERM": "xterm-256color"}
    console = Console(file=shown, force_terminal=True, width=120, height=40, _environ=terminal)
    train(config, tmp_path / "run", console=console, build=Bench())
    text = shown.getvalue()
    for part in ("reward", "held-out accuracy", "tokens/s", "a rollout of step", "left of rl"):
        assert part in text


def test_metrics_reach_tensorboard(tmp_path: Path) -> None:
    config = table_config(write_questions(tmp_path / "questions.jsonl", "2223"), num_steps=2)
    config = replace(config, run=replace(config.run, trackers=("tensorboard",)))
    train(config, tmp_path / "run", console=Console(file=io.StringIO()), build=Bench())
    assert list((tmp_path / "run" / "tb").glob("events.out.tfevents.*"))
