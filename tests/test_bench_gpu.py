"""The proof on one GPU, in small on the CPU, so that it cannot rot."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from cogitate import models
from cogitate.models import gguf

BENCH = Path(__file__).resolve().parent.parent / "bench"


@pytest.fixture
def gpu(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCH))
    import gpu

    return gpu


def run(*args: str) -> dict:
    """Return the last line of the script's output."""
    command = [sys.executable, str(BENCH / "gpu.py"), *args]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_it_runs_in_small(tmp_path):
    stages = run("--out", str(tmp_path))["stages"]
    assert list(stages) == ["parity", "rl", "decode", "learner", "others", "vllm"]
    assert not [found["failed"] for found in stages.values() if "failed" in found]
    for name, found in stages.items():
        written = json.loads((tmp_path / f"{name}.json").read_text())
        assert written.pop("seconds") > 0
        assert written == found
    for key, value in stages["parity"].items():
        if "largest difference" in key or "relative difference" in key:
            assert value < 1e-4
        if "mean difference" in key:
            assert value < 0.02
        if "graphs leave" in key:
            assert value == 8
    assert stages["rl"]["steps"] == 4


FAILING = "raise ValueError('too far')"
HANGING = "import time; print('no kernel', flush=True); time.sleep(60)"


@pytest.mark.parametrize("limit_s", [60, 3])
def test_a_stage_that_fails_keeps_what_it_had_measured(gpu, tmp_path, monkeypatch, limit_s):
    ways = {60: (FAILING, "exit status 1: ValueError: too far"),
            3: (HANGING, "not done in 3 s: no kernel")}  # fmt: skip
    program, why = ways[limit_s]
    stage, measured = tmp_path / "stage.py", tmp_path / "decode.json"
    write = f"open({str(measured)!r}, 'w').write('{{\"rows\": 1}}')"
    stage.write_text(f"{write}\n{program}\n")
    monkeypatch.setitem(gpu.LIMITS_S, "decode", limit_s)
    monkeypatch.setattr(gpu, "__file__", str(stage))
    assert gpu.staged("decode", tmp_path) == {"rows": 1, "failed": why}


def test_an_adapter_is_trained_from_pieces_and_gone_on_with_elsewhere(tmp_path):
    pieces, task, whole = tmp_path / "tiny", tmp_path / "task.jsonl", tmp_path / "whole.gguf"
    pieces.mkdir()
    gguf.save(models.load("mini-base"), whole)
    content = whole.read_bytes()
    size = -(-len(content) // 11)
    for i in range(11):
        (pieces / f"m.part{i}").write_bytes(content[i * size : (i + 1) * size])
    lines = [{"question": f"Say {i}", "answer": str(i)} for i in range(20)]
    task.write_text("".join(json.dumps(line) + "\n" for line in lines))
    out = tmp_path / "out"
    said = run("--out", str(out), "--train", "own", "--task", str(task), "--model", str(pieces),
               "--steps", "1", "--base", "mini-base")  # fmt: skip
    assert said["finished"]
    assert said["adapter_mb"] < 10
    for file in (*pieces.iterdir(), whole, out / "tiny.gguf"):
        file.unlink()
    assert models.load(str(out / "adapter")).decoder.arch == models.load("mini-base").decoder.arch


def test_the_table_of_memory_is_the_planners(gpu):
    import memory

    page = (BENCH.parent / "docs" / "gpu.md").read_text("utf-8")
    assert "\n".join(memory.rows()) in page
