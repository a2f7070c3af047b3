"""Runs over several processes: what they compute, and what is left when some of them die."""

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import ray
from rich.console import Console

from cogitate.config import ScaleConfig, TrainConfig
from cogitate.errors import ModelError, UsageError
from cogitate.recipes.canary import canary
from cogitate.runs.folder import read_lines
from cogitate.train.cluster import building
from cogitate.train.cluster.learners import LearnerGroup
from cogitate.train.cluster.probe import check_scores, learner_scores, sampler_scores
from cogitate.train.cluster.samplers import SamplerPool
from cogitate.train.loop import train
from cogitate.train.roles import Workers
from cogitate.train.workers import build_workers

ALIKE = "reward", "loss", "grad_norm", "tokens"
RL = 2 + 28
"""Steps before RL."""
NUM_KILLS = int(os.environ.get("COGITATE_CLUSTER_KILLS", "1"))


def small(*, steps: int = 4, **scale: Any) -> TrainConfig:
    config = canary(seed=0)
    return replace(
        config,
        drill=replace(config.drill, num_steps=2),
        rl=replace(
            config.rl,
            num_steps=steps,
            groups_per_step=8,
            refill_rounds=0,
            objective="cispo" if scale.get("lead") else "reinforce",
        ),
        run=replace(
            config.run, eval_every=0, checkpoint_every=3, dtype="fp32", threads=1, trackers=()
        ),
        scale=ScaleConfig(**scale),
    )


def run(
    config: TrainConfig, out: Path, meanwhile: Callable[[Workers, Path], None] | None = None
) -> list[dict[str, Any]]:
    """Run to the end, with something done beside it; return what each step told."""
    threads: list[threading.Thread] = []

    def build(config: TrainConfig, machine: Any) -> Workers:
        workers = build_workers(config, machine)
        if meanwhile is not None:
            threads.append(threading.Thread(target=meanwhile, args=(workers, out)))
            threads[-1].start()
        return workers

    try:
        train(config, out, console=Console(file=io.StringIO()), build=build)
    finally:
        for thread in threads:
            thread.join()
    found = [line for line in read_lines(out / "metrics.jsonl") if "loss" in line]
    assert [line["phase"] for line in found].count("rl") == config.rl.num_steps
    return found


def kill_at_work(pid: int, out: Path, step: int) -> None:
    """Kill a process once it has been given something to do after a step."""
    while step_of(out) < step:
        time.sleep(0.002)
    os.kill(pid, signal.SIGSTOP)
    time.sleep(0.3)
    os.kill(pid, signal.SIGKILL)


def step_of(out: Path) -> int:
    with suppress(OSError):
        return len((out / "metrics.jsonl").read_text().splitlines())
    return 0


def processes() -> list[str]:
    """Ray's processes, without its agents, which notice after up to a minute that it is gone."""
    found: list[str] = []
    for cmdline in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            program = cmdline.read_bytes().split(b"\0")[0].decode(errors="replace")
            is_agent = program.endswith("Agent")
            is_worker = program.startswith("ray::") and not is_agent
            if is_worker or Path(program).name in ("raylet", "gcs_server"):
                found.append(program)
    return found


@pytest.fixture(autouse=True)
def _nothing_is_left() -> Iterator[None]:
    """Check that no process outlives a run."""
    yield
    ray.shutdown()
    wait_for_their_end()


def wait_for_their_end() -> None:
    until = time.monotonic() + 60
    while processes() and time.monotonic() < until:
        time.sleep(0.1)
    assert not processes()


@pytest.fixture(scope="module")
def taught(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A model that is ready for RL."""
    folder = tmp_path_factory.mktemp("taught")
    run(small(steps=0), folder / "run")
    return str(folder / "run" / "model")


def at_rl(config: TrainConfig, model: str) -> TrainConfig:
    return replace(
        config,
        model=model,
        drill=replace(config.drill, num_steps=0),
        cold_start=replace(config.cold_start, num_steps=0),
    )


def test_a_run_over_processes_is_a_run_in_one_whatever_sampler_dies(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def kill(workers: Workers, out: Path) -> None:
        pool = workers.sampler
        assert isinstance(pool, SamplerPool)
        for step, pid in zip((RL, RL + 1), pool.pids(), strict=True):
            kill_at_work(pid, out, step)

    ours = run(small(samplers=2), tmp_path / "ours", kill)
    assert capsys.readouterr().err.count("died; it was made again") == 2
    for process in ("sampler_0", "sampler_1", "learner_0"):
        assert any(0 < line[f"{process}_busy"] <= 1 for line in ours if line["phase"] == "rl")
    alone = run(small(), tmp_path / "alone")
    assert [[step.get(key) for key in ALIKE] for step in ours] == [
        [step.get(key) for key in ALIKE] for step in alone
    ]
    assert (tmp_path / "ours" / "model" / "model.safetensors").is_file()
    before, after = (
        (tmp_path / name / "model" / "model.safetensors").read_bytes() for name in ("ours", "alone")
    )
    assert before == after


def test_a_learner_that_dies_costs_the_steps_since_the_checkpoint(
    tmp_path: Path, taught: str
) -> None:
    def kill(workers: Workers, out: Path) -> None:
        group = workers.learner
        assert isinstance(group, LearnerGroup)
        kill_at_work(group.pids()[1], out, 1)

    config = at_rl(small(samplers=1, learners=2), taught)
    steps = run(config, tmp_path / "out", kill)
    events = list(read_lines(tmp_path / "out" / "events.jsonl"))
    (lost,) = [event for event in events if event["event"] == "learner_lost"]
    assert 0 <= lost["seen_at"] - lost["step"] <= config.run.checkpoint_every
    assert lost["seen_at"] >= 1
    calm = run(config, tmp_path / "calm")
    assert [[step.get(key) for key in ALIKE] for step in steps] == [
        [step.get(key) for key in ALIKE] for step in calm
    ]


def test_a_lead_samples_from_older_weights_and_no_others(tmp_path: Path, taught: str) -> None:
    config = at_rl(small(samplers=1, lead=1, steps=5), taught)
    steps = run(replace(config, run=replace(config.run, eval_every=4, eval_n=8)), tmp_path / "out")
    first = next(step["step"] for step in steps if step["phase"] == "rl")
    assert steps[-1]["step"] == first + 4
    ages = [step["off_policy_kl"] for step in steps if step["phase"] == "rl"]
    assert ages[0] < 1e-6 < min(ages[1:])


def test_the_driver_takes_its_processes_along(tmp_path: Path) -> None:
    """Killed `COGITATE_CLUSTER_KILLS` times, it goes on from its checkpoint each time."""
    code = (
        "from test_train_cluster import *; from cogitate.config import WatchConfig;"
        "config = replace(small(samplers=1, steps=4000), watch=WatchConfig(preset='off'));"
        f"train(config, Path({str(tmp_path / 'out')!r}), resume=True,"
        " console=Console(file=io.StringIO()))"
    )
    for _ in range(NUM_KILLS):
        driver = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parent)
        before = step_of(tmp_path / "out")
        while step_of(tmp_path / "out") < before + 3:
            assert driver.poll() is None
            time.sleep(0.05)
        assert processes()
        driver.kill()
        driver.wait()
        wait_for_their_end()


def test_what_cannot_be_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for scale, why in (
        ({"learners": 2}, "scale.samplers"),
        ({"samplers": 1, "learners": 0}, "at least 1"),
        ({"lead": 1}, "scale.samplers"),
    ):
        with pytest.raises(UsageError, match=why):
            run(small(**scale), tmp_path / "out")
    lead = small(samplers=1, lead=1)
    with pytest.raises(UsageError, match="cispo"):
        run(replace(lead, rl=replace(lead.rl, objective="reinforce")), tmp_path / "out")
    timed = small(samplers=1)
    with pytest.raises(UsageError, match=r"rl.deadlines_s"):
        run(replace(timed, rl=replace(timed.rl, deadlines_s=(1.0,))), tmp_path / "out")
    with pytest.raises(UsageError, match=r"scale.address 127.0.0.1:1"):
        run(small(samplers=1, address="127.0.0.1:1"), tmp_path / "out")
    monkeypatch.setattr(building, "PLACE_S", 0.5)
    many = small(samplers=3)
    with pytest.raises(UsageError, match=r"no room for 4 processes with 64 CPU each in .*: free"):
        run(replace(many, run=replace(many.run, threads=64)), tmp_path / "out")


def test_a_probe_finds_other_weights() -> None:
    from cogitate.rollout.local import LocalSampler
    from tiny import ARCH, MARKERS, make_decoder

    decoder, other = make_decoder(), make_decoder(seed=1)
    sampler = LocalSampler(decoder, MARKERS)
    scores = sampler_scores(sampler, ARCH.vocab_size)
    check_scores(learner_scores(decoder), scores, "fp32")
    with pytest.raises(ModelError, match="does not have the weights"):
        check_scores(learner_scores(other), scores, "fp32")
