"""Training with this machine's own learner: adapters, a frozen embedding, a memory ceiling."""

import dataclasses
import io
import json
import os
import shutil
import signal
from pathlib import Path

import pytest
import torch
from rich.console import Console

from cogitate import models
from cogitate.config import (
    ColdStartConfig,
    OptimConfig,
    RunConfig,
    ScaleConfig,
    TaskConfig,
    TrainConfig,
)
from cogitate.engine.memory import MAX_ROWS, cache_rows
from cogitate.errors import Interrupted, UsageError
from cogitate.hardware import Machine, _container_bytes, detect
from cogitate.loss import OBJECTIVES
from cogitate.models import lora
from cogitate.models.kernels import products
from cogitate.tokenizer import Tokenizer
from cogitate.train.loop import train
from cogitate.train.roles import Workers
from cogitate.train.workers import (
    LEARNERS,
    MAX_PACK,
    MIN_PACK,
    build_workers,
    load_policy,
    need_workers,
    pack_tokens,
    prepared,
    takes,
    tell_of_compile,
)
from cogitate.types import Budget
from ranks import joined

OPTIONS = {
    "lora": OptimConfig(lora_rank=4),
    "frozen embedding": OptimConfig(frozen_embedding=True),
}


@pytest.fixture
def config(tmp_path: Path) -> TrainConfig:
    models.save(models.initialise("nano", Tokenizer.bytes(), 0), tmp_path / "base")
    rows = [
        {"question": f"{i}?", "thought": f"It is {i}.", "answer": str(i % 3)} for i in range(40)
    ]
    (tmp_path / "task.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return TrainConfig(
        recipe="own",
        model=str(tmp_path / "base"),
        tasks=(TaskConfig(family=str(tmp_path / "task.jsonl")),),
        cold_start=ColdStartConfig(num_steps=5, items_per_step=4, lr=1e-2),
        run=RunConfig(checkpoint_every=2, eval_every=0, dtype="fp32", threads=1, trackers=()),
    )


def start(config: TrainConfig, out: Path, *, stop_after: int = 0) -> models.Policy:
    """Run to the end, or press Ctrl-C within a step; return the finished model."""

    def build(config, machine) -> Workers:
        workers = build_workers(config, machine)
        publish, steps = workers.learner.publish, iter(range(1, 100))

        def pressing(version):
            if next(steps) == stop_after:
                os.kill(os.getpid(), signal.SIGINT)
            return publish(version)

        workers.learner.publish = pressing  # pyright: ignore[reportAttributeAccessIssue]
        return workers

    train(config, out, resume=out.exists(), console=Console(file=io.StringIO()), build=build)
    return models.load(out / "model")


@pytest.mark.parametrize("option", OPTIONS)
def test_stopped_and_gone_on_with_it_ends_with_the_same_weights(
    config: TrainConfig, tmp_path: Path, option: str
) -> None:
    config = dataclasses.replace(config, optim=OPTIONS[option])
    whole = start(config, tmp_path / "whole").decoder.state_dict()
    with pytest.raises(Interrupted):
        start(config, tmp_path / "stopped", stop_after=3)
    again = start(config, tmp_path / "stopped").decoder.state_dict()
    assert all(torch.equal(whole[name], again[name]) for name in whole)


def test_a_run_does_not_go_on_from_another_base(config: TrainConfig, tmp_path: Path) -> None:
    config = dataclasses.replace(config, optim=OPTIONS["lora"])
    with pytest.raises(Interrupted):
        start(config, tmp_path / "run", stop_after=3)
    base = tmp_path / "base"
    shutil.move(base, tmp_path / "old")
    models.save(models.initialise("nano", Tokenizer.bytes(), 1), base)
    with pytest.raises(UsageError, match="has changed since this run began"):
        start(config, tmp_path / "run")
    shutil.rmtree(base)
    shutil.move(tmp_path / "old", base)
    start(config, tmp_path / "run")


def test_an_adapter_alone_gives_the_finished_model(config: TrainConfig, tmp_path: Path) -> None:
    merged = start(dataclasses.replace(config, optim=OPTIONS["lora"]), tmp_path / "run").decoder
    adapted = models.load(tmp_path / "run" / "adapter").decoder.state_dict()
    base = models.with_thinking(models.load(tmp_path / "base")).decoder.state_dict()
    for name, weight in merged.state_dict().items():
        torch.testing.assert_close(adapted[name], weight, rtol=0, atol=1e-6)
        learned = name.endswith(("qkv.weight", "out.weight", "gate_up.weight", "down.weight"))
        assert torch.equal(weight, base[name]) != learned, name


def test_an_adapter_goes_on_learning_as_one(config: TrainConfig, tmp_path: Path) -> None:
    config = dataclasses.replace(config, optim=OPTIONS["lora"])
    start(config, tmp_path / "first")
    first = tmp_path / "first" / "adapter"
    again = dataclasses.replace(config, model=str(first))
    whole = start(again, tmp_path / "whole").decoder.state_dict()
    with pytest.raises(Interrupted):
        start(again, tmp_path / "stopped", stop_after=3)
    resumed = start(again, tmp_path / "stopped").decoder.state_dict()
    assert all(torch.equal(whole[name], resumed[name]) for name in whole)
    kept = [
        json.loads((run / "adapter_config.json").read_text("utf-8"))
        for run in (first, tmp_path / "whole" / "adapter")
    ]
    assert kept[0] == kept[1]
    sizes = {path.stat().st_size for path in tmp_path.glob("*/adapter/adapter_model.safetensors")}
    assert len(sizes) == 1


def test_a_frozen_embedding_stays_and_the_rest_learns(config: TrainConfig, tmp_path: Path) -> None:
    config = dataclasses.replace(config, optim=OPTIONS["frozen embedding"])
    learned = start(config, tmp_path / "run").decoder.state_dict()
    base = models.with_thinking(models.load(tmp_path / "base")).decoder.state_dict()
    changed = {name for name in base if not torch.equal(base[name], learned[name])}
    assert changed == set(base) - {"embedding.weight"}


def machines(*gigabytes: float) -> list[Machine]:
    machine = detect(RunConfig(dtype="fp32", threads=1))
    return [dataclasses.replace(machine, memory_gb=gb) for gb in gigabytes]


@pytest.mark.parametrize("model", [None, f"{models.NEW}nano"])
def test_an_unknown_way_to_multiply_is_refused(config, model, monkeypatch) -> None:
    monkeypatch.setenv(products.SWITCH, "onedn")
    (machine,) = machines(1.0)
    with pytest.raises(UsageError, match="COGITATE_PRODUCTS names 'onedn'"):
        load_policy(dataclasses.replace(config, model=model or config.model), machine)


def test_compiling_is_said_to_do_nothing_where_a_process_computes_on_the_cpu(
    config: TrainConfig, capsys: pytest.CaptureFixture[str]
) -> None:
    """And not by the driver of others, which prepares the policy only to write it down."""
    config = dataclasses.replace(config, run=dataclasses.replace(config.run, compile=True))
    (machine,) = machines(1.0)
    prepared(config, machine, learners=0)
    tell_of_compile(config, dataclasses.replace(machine, device="cuda"))
    assert not capsys.readouterr().err
    build_workers(config, machine)
    assert capsys.readouterr().err.count("run.compile does nothing on the CPU") == 1


def test_an_objective_of_a_script_is_refused_where_other_processes_learn(
    config: TrainConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(OBJECTIVES, "gentle", OBJECTIVES["reinforce"])
    config = dataclasses.replace(config, rl=dataclasses.replace(config.rl, objective="gentle"))
    need_workers(config)
    scaled = dataclasses.replace(config, scale=ScaleConfig(samplers=1))
    with pytest.raises(UsageError, match=r"leave scale\.samplers out"):
        need_workers(scaled)


def test_each_learner_takes_its_part_and_a_sampler_none() -> None:
    for dtype, own in (("fp32", 12), ("bf16", 16)):
        machine = dataclasses.replace(machines(1.0)[0], dtype=dtype)
        copies = takes(4, machine).each
        assert takes(0, machine).each - copies == own
        assert takes(0, machine, 0, is_sharded=True).each == copies
        for rank, all_ in ((0, 16), (4, 4)):  # masters of frozen weights are sharded too
            parts = [takes(rank, machine, n, is_sharded=True).each - copies for n in (1, 2, 4)]
            assert parts == [all_, all_ // 2, all_ // 4]


def test_weights_are_whole_before_they_are_sharded() -> None:
    gpu = dataclasses.replace(machines(1.0)[0], dtype="bf16", device="cuda")
    assert [takes(0, gpu, n, is_sharded=True).each for n in (1, 2, 4, 8)] == [18, 10, 6, 6]
    assert [takes(4, gpu, n, is_sharded=True).each for n in (1, 8)] == [6, 6]
    advice = [takes(0, gpu, n, is_sharded=True).less for n in (2, 8)]
    assert advice == ["optim.lora_rank 16", ""]  # where that would take less


def test_more_learners_leave_more_memory_to_micro_batches() -> None:
    policy, (machine,) = models.initialise("nano", Tokenizer.bytes(), 0), machines(0.1)
    alone, *shared = (pack_tokens(policy.decoder, machine, shards=n) for n in (0, 1, 2, 4))
    assert alone == shared[0] < shared[1] < shared[2] < MAX_PACK
    lora.apply(policy.decoder, rank=1, alpha=1.0, seed=0)
    alone, *shared = (pack_tokens(policy.decoder, machine, shards=n) for n in (0, 1, 2))
    assert shared[0] < shared[1] < alone


def test_a_learner_of_several_knows_that_it_shares(
    config: TrainConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = dataclasses.replace(config, scale=ScaleConfig(samplers=1, learners=2))
    (machine,), loaded = machines(0.1), []
    load = models.load

    def noted(name, **given):
        loaded.append(given["need"])
        return load(name, **given)

    monkeypatch.setattr(models, "load", noted)
    policy = load_policy(config, machine, learners=2)
    assert loaded == [takes(0, machine, 2, is_sharded=True)]
    with joined():
        learner = LEARNERS["fsdp"](policy, config, machine)
    most = learner._pack_tokens  # pyright: ignore[reportAttributeAccessIssue]
    assert most == pack_tokens(policy.decoder, machine, shards=2)
    assert most > pack_tokens(policy.decoder, machine, shards=1)


def test_less_memory_means_smaller_micro_batches() -> None:
    policy = models.initialise("nano", Tokenizer.bytes(), 0)
    sizes = [pack_tokens(policy.decoder, machine) for machine in machines(0.001, 0.1, 0.2, 100.0)]
    assert sizes == sorted(sizes)
    assert (sizes[0], sizes[-1]) == (MIN_PACK, MAX_PACK)
    assert MIN_PACK < sizes[1] < sizes[2] < MAX_PACK


def test_frozen_weights_leave_more_memory_to_micro_batches() -> None:
    policy, (machine,) = models.initialise("nano", Tokenizer.bytes(), 0), machines(0.1)
    full = pack_tokens(policy.decoder, machine)
    lora.apply(policy.decoder, rank=1, alpha=1.0, seed=0)
    assert full < pack_tokens(policy.decoder, machine) < MAX_PACK


def test_less_memory_or_longer_thoughts_mean_fewer_rows_at_a_time() -> None:
    arch = models.initialise("nano", Tokenizer.bytes(), 0).decoder.arch
    short, whole = Budget(think=8, answer=8), Budget()
    rows = [cache_rows(arch, short, machine) for machine in machines(0.0, 0.02, 0.04, 100.0)]
    assert rows == sorted(rows)
    assert (rows[0], rows[-1]) == (1, MAX_ROWS)
    assert 1 < rows[1] < rows[2] < MAX_ROWS
    (machine,) = machines(0.02)
    assert 1 <= cache_rows(arch, whole, machine) < rows[1]


def test_a_containers_limit_is_a_limit(tmp_path: Path) -> None:
    assert _container_bytes(tmp_path) == float("inf")
    for name, text in (("max", "4000"), ("current", "3000"), ("stat", "anon 2000\nfile 900")):
        (tmp_path / f"memory.{name}").write_text(f"{text}\n")
    assert _container_bytes(tmp_path) == 1900
    (tmp_path / "memory.max").write_text("max\n")
    assert _container_bytes(tmp_path) == float("inf")
