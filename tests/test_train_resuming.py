"""Where a run may go on."""

import json
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from cogitate.config import RunConfig, ScaleConfig, TrainConfig
from cogitate.errors import Interrupted, UsageError
from cogitate.hardware import Machine
from cogitate.train import resuming
from cogitate.train.resuming import need_resumable, resumed
from table import Bench, interrupt_at, start, table_config, weights, write_questions


def test_a_run_goes_on_on_another_device(tmp_path: Path) -> None:
    """Its dtype stays; asking for a device that it did not begin on is no other setting."""
    config = table_config(write_questions(tmp_path / "questions.jsonl", "2223"))
    start(config, tmp_path / "whole")
    out = tmp_path / "moved"
    with pytest.raises(Interrupted):
        start(config, out, interrupt_at(4))
    file = out / "config.json"
    written = json.loads(file.read_text())
    written["resolved"]["machine"] |= {"device": "cuda", "processor": "a card", "dtype": "bf16"}
    file.write_text(json.dumps(written))
    bench = Bench()
    moved = replace(config, run=replace(config.run, device="cpu"))
    shown = start(moved, out, bench, resume=True)
    assert "this run goes on on " in shown
    assert weights(out) == weights(tmp_path / "whole")
    assert (bench.machine.device, bench.machine.dtype) == ("cpu", "bf16")
    assert json.loads(file.read_text())["resolved"]["machine"]["device"] == "cpu"


@pytest.mark.parametrize(
    ("began", "now", "advice"),
    [
        ({}, {"learners": 2}, "without sharded .* run.learner local and scale.learners 1$"),
        ({"learners": 2}, {}, "with sharded .* run.learner fsdp$"),
    ],
)
def test_a_run_of_the_other_form_is_told_what_brings_its_form_back(began, now, advice):
    config = TrainConfig(recipe="own", model="m", tasks=())
    before, config = (replace(config, scale=ScaleConfig(samplers=1, **s)) for s in (began, now))
    with pytest.raises(UsageError, match=advice):
        need_resumable(config, before, SimpleNamespace(path="runs/x"), resume=True)


@pytest.fixture
def machines(monkeypatch):
    """Pretend machines: `machines.here` is this one."""
    cpu, small, large = (
        Machine(dtype=dtype, threads=threads, memory_gb=gb, gflops_fp32=1.0, gflops_bf16=1.0,
                processor=name, torch="2", device=device)
        for name, device, dtype, threads, gb in (
            ("a CPU", "cpu", "fp32", 2, 4.0),
            ("a small card", "cuda", "bf16", 16, 8.0),
            ("a large card", "cuda", "bf16", 16, 80.0),
        )
    )  # fmt: skip
    state = SimpleNamespace(cpu=cpu, small=small, large=large, card=None)

    def detected(run):
        if run.device == "cuda":
            assert state.card is not None, "no GPU is here"
        return state.card if run.device != "cpu" and state.card is not None else cpu

    monkeypatch.setattr(resuming, "detect", detected)
    monkeypatch.setattr(resuming, "has", lambda device: device == "cpu" or bool(state.card))
    return state


@pytest.mark.parametrize(
    ("began", "card", "asked", "goes_on"),
    [
        ("cpu", "small", "auto", "cpu"),
        ("cpu", "small", "cuda", "small"),
        ("small", "small", "auto", "small"),
        ("small", "small", "cuda", "small"),
        ("small", "large", "auto", "large"),
        ("large", None, "auto", "cpu"),
        ("large", "small", "cpu", "cpu"),
    ],
)
def test_where_a_run_goes_on(machines, began, card, asked, goes_on):
    """On its own device if that is here; with the dtype and the speed that it began with."""
    machines.card = card and getattr(machines, card)
    before = replace(getattr(machines, began), dtype="fp32", tokens_per_s=30.0, today="2026-11-29")
    config = TrainConfig(recipe="own", model="m", tasks=(), run=RunConfig(device=asked))
    found = resumed(config, before.to_json())
    now = getattr(machines, goes_on)
    assert (found.processor, found.device) == (now.processor, now.device)
    assert (found.threads, found.memory_gb) == (now.threads, now.memory_gb)
    assert (found.dtype, found.tokens_per_s, found.today) == ("fp32", 30.0, "2026-11-29")


def test_a_run_that_has_moved_stays_there(tmp_path):
    config = table_config(write_questions(tmp_path / "questions.jsonl", "2223"))
    config = replace(config, run=replace(config.run, device="cpu"))
    with pytest.raises(Interrupted):
        start(config, tmp_path / "run", interrupt_at(4))
    file = tmp_path / "run" / "config.json"
    written = json.loads(file.read_text())
    written["resolved"]["machine"] |= {"device": "cuda", "processor": "a card"}
    written["config"]["run"]["device"] = "cuda"
    file.write_text(json.dumps(written))
    start(config, tmp_path / "run", resume=True)
    assert json.loads(file.read_text())["config"]["run"]["device"] == "cpu"
