"""Estimates the cost of a run, by one small step of each phase in a temporary folder."""

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from cogitate.config import TrainConfig, check
from cogitate.hardware import Machine, apply, detect
from cogitate.runs import checkpoint as checkpoints
from cogitate.runs.deadline_budgets import resolve_deadlines
from cogitate.train.cluster import scaling
from cogitate.train.cluster.scaling import Parts
from cogitate.train.data.rl import Group, Reinforce, data
from cogitate.train.held_out import HeldOutEval
from cogitate.train.logging.stopwatch import Stopwatch
from cogitate.train.logging.trackers import need_trackers
from cogitate.train.logging.view import duration
from cogitate.train.plan import Phase
from cogitate.train.roles import Build, Workers
from cogitate.train.run import MOST_KEPT, plan
from cogitate.train.workers import build_workers
from cogitate.types import Budget, Datum, Request

ITEMS = 16
"""Most texts of the supervised step that is tried."""
GROUPS = 2
"""Most groups of the RL step that is tried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """The estimated cost of one phase.

    Example: Estimate(phase="rl", num_steps=100, tokens_per_step=3100, step_s=11.4)
    """

    phase: str
    num_steps: int
    tokens_per_step: int
    step_s: float
    """Seconds, scaled up from a smaller step; in RL without refills."""


def dry_run(config: TrainConfig, console: Console, build: Build = build_workers) -> None:
    """Print the plan of a run, after one small step of each phase.

    Raises:
        CogitateError: any error that the run itself would meet.
    """
    check(config)
    need_trackers(config.run.trackers)
    machine = detect(config.run)
    apply(machine)
    small = shrunk(config)
    workers = build(small, machine)
    try:
        _try_all(config, small, machine, workers, console)
    finally:
        workers.close()


def _try_all(
    config: TrainConfig, small: TrainConfig, machine: Machine, workers: Workers, console: Console
) -> None:
    stopwatch = Stopwatch()
    small, machine = resolve_deadlines(small, machine, workers.speed, console.print)
    made = plan(small, workers, stopwatch, console.print)
    estimates = [_try(phase, config, workers) for phase in made.phases]
    parts = _parts(made.phases, config, workers) if config.scale.samplers else None
    if parts is not None:
        scale = config.scale
        step = scaling.step_of(
            parts, samplers=scale.samplers, learners=scale.learners, lead=scale.lead
        )
        estimates[-1] = replace(estimates[-1], step_s=step.step_s)
    start = time.perf_counter()
    held_out_eval = HeldOutEval(made, small, console.print)
    if held_out_eval.families:
        found = held_out_eval.evaluate(workers.sampler, workers.tokenizer)
        if num_failed := found["held_out_failed"]:
            line = f"{num_failed:.0f} held-out answers were not judged: {held_out_eval.why}"
            console.print(line, markup=False)
    evaluation_s = (time.perf_counter() - start) * config.run.eval_n / small.run.eval_n
    checkpoint_s = None
    if not config.scale.address:  # other machines do not reach this one's temporary folder
        with tempfile.TemporaryDirectory() as folder:
            checkpoint_s = _try_checkpoint(Path(folder), workers)
    _print(console, config, workers.machine or machine, estimates)
    if parts is not None:
        for line in scaling.lines(parts, config.scale):
            console.print(line)
    _print_rest(console, config, workers, evaluation_s, checkpoint_s)


def shrunk(config: TrainConfig) -> TrainConfig:
    """Return the same configuration with small batches.

    Over several processes those of RL stay: their size decides what each process is given.
    """
    supervised = {
        name: replace(phase, items_per_step=min(ITEMS, phase.items_per_step))
        for name, phase in config.supervised.items()
    }
    return replace(
        config,
        **supervised,
        rl=replace(
            config.rl,
            groups_per_step=config.rl.groups_per_step
            if config.scale.samplers
            else min(GROUPS, config.rl.groups_per_step),
            refill_rounds=0,
        ),
        run=replace(config.run, eval_every=1, eval_n=min(ITEMS, config.run.eval_n)),
    )


def _try(phase: Phase, config: TrainConfig, workers: Workers) -> Estimate:
    """Do one small step of a phase at a learning rate of 0, which keeps the weights."""
    start = time.perf_counter()
    if isinstance(phase.source, Reinforce):
        rolled_out = phase.source.groups(0)
        groups = _with_signal(rolled_out, config.rl.temperature)
        scale = config.rl.groups_per_step / len(rolled_out)
    else:
        groups = phase.source.batch(0).groups
        scale = max(1.0, config.supervised[phase.name].items_per_step / ITEMS)
    workers.learner.forward_backward(groups)
    workers.learner.optim_step(0.0)
    workers.sampler.load_weights(workers.learner.publish(0))
    step_s = time.perf_counter() - start
    num_tokens = sum(len(datum.completion) for group in groups for datum in group)
    return Estimate(
        phase=phase.name,
        num_steps=phase.num_steps,
        tokens_per_step=round(num_tokens * scale),
        step_s=step_s * scale,
    )


def _parts(phases: Sequence[Phase], config: TrainConfig, workers: Workers) -> Parts | None:
    """Measure the parts of an RL step by two batches: a rollout for each sampler, and all.

    None without RL. A batch has at least one group, and the second one twice the first.
    """
    source = phases[-1].source
    if not isinstance(source, Reinforce):
        return None
    samplers = config.scale.samplers
    few = -(-samplers // config.rl.group_size)
    times, each, rolled_out = list[float](), list[int](), list[Group]()
    for num_groups in (few, max(2 * few, config.rl.groups_per_step)):
        small = replace(source, config=replace(source.config, groups_per_step=num_groups))
        start = time.perf_counter()
        rolled_out = small.groups(0)
        times.append(time.perf_counter() - start)
        each.append(-(-sum(len(group.episodes) for group in rolled_out) // samplers))
    groups = _with_signal(rolled_out, config.rl.temperature)
    start = time.perf_counter()
    workers.learner.forward_backward(groups)
    workers.learner.optim_step(0.0)
    learned = time.perf_counter()
    workers.sampler.load_weights(workers.learner.publish(0))
    one = Request(prompt=(1,), budget=Budget(think=0, answer=1))
    workers.sampler.sample([replace(one, seed=number) for number in range(samplers)])
    share = config.rl.groups_per_step / len(rolled_out)
    each_s = max(0.0, times[1] - times[0]) / max(1, each[1] - each[0])
    return Parts(
        rollouts=config.rl.groups_per_step * config.rl.group_size,
        fixed_s=max(0.0, times[0] - each_s * each[0]),
        each_s=each_s,
        learn_s=(learned - start) * share * config.scale.learners,
        sync_s=time.perf_counter() - learned,
    )


def _with_signal(groups: Sequence[Group], temperature: float) -> list[list[Datum]]:
    """Return the data of groups in which every other episode counts as the better one."""
    return [
        part
        for group in groups
        for part in data(
            replace(group, advantages=[(-1.0) ** row for row in range(len(group.episodes))]),
            temperature,
        )
    ]


def _try_checkpoint(folder: Path, workers: Workers) -> float:
    """Write a checkpoint, read it back, and return the seconds of writing."""

    def save(path: Path) -> None:
        (path / "learner").mkdir()
        workers.learner.save(path / "learner")
        workers.save_model(path)

    checkpoints.require_space(folder, workers.checkpoint_bytes, "the checkpoint that is tried")
    start = time.perf_counter()
    written = checkpoints.write_checkpoint(folder, step=0, score=None, state={}, save=save)
    seconds = time.perf_counter() - start
    workers.learner.load(checkpoints.read_checkpoint(written.path).path / "learner")
    return seconds


def _print(
    console: Console, config: TrainConfig, machine: Machine, estimates: Sequence[Estimate]
) -> None:
    num_processes = config.scale.samplers and config.scale.samplers + config.scale.learners
    console.print(
        f"{config.recipe}: {config.model}, seed {config.seed}, {machine.dtype},"
        f" {machine.threads} threads, at most {machine.memory_gb:.1f} GB of memory"
        + (f" in each of {num_processes} processes" if num_processes else "")
    )
    table = Table("phase", "steps", "tokens", "per step", "total", box=None, pad_edge=False)
    for estimate in estimates:
        table.add_row(
            estimate.phase,
            str(estimate.num_steps),
            f"{estimate.num_steps * estimate.tokens_per_step:,}",
            f"{estimate.step_s:.1f} s",
            duration(estimate.num_steps * estimate.step_s),
        )
    total_s = sum(estimate.num_steps * estimate.step_s for estimate in estimates)
    table.add_row("all", "", "", "", duration(total_s))
    console.print(table)


def _print_rest(
    console: Console,
    config: TrainConfig,
    workers: Workers,
    evaluation_s: float,
    checkpoint_s: float | None,
) -> None:
    size_gb = workers.checkpoint_bytes / 1e9
    every = config.run.eval_every
    has_refills = config.rl.num_steps and config.rl.refill_rounds
    refills = "refills of groups without signal, " if has_refills else ""
    asked = f"{duration(evaluation_s)} of held-out questions every {every} steps, and "
    written = "" if checkpoint_s is None else f"{duration(checkpoint_s)} for "
    console.print(
        f"plus {refills}{asked if every else ''}{written}a checkpoint every"
        f" {config.run.checkpoint_every} steps; at most {MOST_KEPT * size_gb:.1f} GB on the disk"
        f" ({MOST_KEPT} checkpoints)"
    )
    tried = "held-out questions" if checkpoint_s is None else "held-out questions and a checkpoint"
    console.print(f"a step of each phase, {tried} were tried: all work")
