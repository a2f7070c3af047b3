"""What the plan of a run says of one over several processes."""

import io
from dataclasses import replace
from pathlib import Path

import pytest
from rich.console import Console

from cogitate.config import ScaleConfig
from cogitate.train import dry_run
from cogitate.train.cluster import scaling
from cogitate.train.cluster.scaling import Step
from table import Bench, table_config, write_questions


class BenchElsewhere(Bench):
    """Workers that other processes do the work of."""

    def __call__(self, config, machine):
        here = replace(machine, dtype="bf16", threads=3, memory_gb=2.5)
        return replace(super().__call__(config, machine), machine=here)


def test_a_plan_at_scale_is_that_of_its_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = Step(step_s=1234.5, sample_s=1234.0, learn_s=1000.0, sync_s=0.5)
    monkeypatch.setattr(scaling, "step_of", lambda *_, **__: step)
    questions = write_questions(tmp_path / "mine.jsonl", "12")
    config = table_config(questions, num_steps=4, objective="cispo")
    config = replace(config, scale=ScaleConfig(samplers=2, lead=1))
    shown = io.StringIO()
    dry_run(config, Console(file=shown, width=120), BenchElsewhere())
    first, _, row, whole, *rest = shown.getvalue().splitlines()
    assert "bf16, 3 threads, at most 2.5 GB of memory in each of 3 processes" in first
    assert row.split()[-4:] == ["1234.5", "s", "82", "min"]
    assert whole.split() == ["all", "82", "min"]
    assert "a step of 1234.5 s" in rest[0]
