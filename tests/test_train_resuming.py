"""Where a run may go on."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from cogitate.errors import Interrupted
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
