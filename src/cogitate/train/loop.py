"""The loop: rollout, verify, advantage, update.

Pre-training, drill and cold start use the same loop, with target texts in place of rollouts.
Training is synchronous and on-policy: a batch is sampled from the weights that it updates.
"""

from contextlib import closing
from pathlib import Path

from rich.console import Console

from cogitate.config import TrainConfig, check
from cogitate.disk import given
from cogitate.errors import Interrupted, TrainingStopped
from cogitate.recipes import RECIPES, make
from cogitate.runs.folder import RunFolder
from cogitate.train.data.batch import Batch
from cogitate.train.interrupt import Interrupt, interruptible
from cogitate.train.logging.view import open_view
from cogitate.train.plan import Phase, phase_of, rate
from cogitate.train.rollback import answer
from cogitate.train.run import Build, Run, open_run
from cogitate.train.workers import build_workers
from cogitate.watch import Alarmed, check_agreement, check_finite, resolve

OTHER_BATCHES = 10**6
"""Offset of the batch numbers after each roll-back, so that no batch is repeated."""


def train(
    config: TrainConfig | str,
    out: str | Path,
    *,
    resume: bool = False,
    console: Console | None = None,
    build: Build = build_workers,
) -> None:
    """Run a configuration in a folder, or resume the run there.

    Example: train("canary", "runs/canary")

    Args:
        config: the configuration, or the name of a recipe.
        out: the run's folder.
        resume: continue the run in `out`; a new folder starts a new run, so that one command can
            be repeated until the run is done.
        console: shows progress; None is standard output.
        build: makes the sampler and the learner.

    Raises:
        UsageError: the folder is in use, or the configuration or its tasks are invalid.
        TrainingStopped: the run stopped itself; `Interrupted` if the user stopped it.
        CheckpointError: no room on the disk, or no usable checkpoint to resume from.
    """
    config = make(config) if isinstance(config, str) else config
    check(config)
    resolve(config.watch)
    folder = RunFolder(given(out))
    view = open_view(console or Console(), config.run.show_every)
    try:
        run = open_run(config, folder, view, resume=resume, build=build)
        with closing(run), interruptible() as interrupt:
            learn(run, interrupt)
            run.finish()
    finally:
        view.end()
        folder.close()


def learn(run: Run, interrupt: Interrupt) -> None:
    """Train until every phase is done, or until the run stops itself or is stopped."""
    try:
        while not run.done:
            try:
                run.begin()
                step(run)
            except Alarmed as alarmed:
                answer(run, alarmed.alarm)
            _stop_if_asked(run, interrupt)
    except TrainingStopped as stop:
        run.folder.log_event(run.step, "stopped", why=str(stop))
        raise


def step(run: Run) -> None:
    """Do one step: rollout, verify, advantage, update; then log, evaluate and save."""
    phase = phase_of(run.phases, run.step)
    batch = phase.source.batch(run.step - phase.first + run.watch.rollbacks * OTHER_BATCHES)
    metrics = update(run, phase, batch)
    run.keep(phase, batch, metrics)


def update(run: Run, phase: Phase, batch: Batch) -> dict[str, float]:
    """Learn from one batch and publish the new weights to the sampler; return metrics.

    A batch without signal changes nothing.

    Raises:
        Alarmed: this update would corrupt the weights, or has.
    """
    if not batch.groups:
        return dict(batch.metrics)
    learner, sampler = run.workers.learner, run.workers.sampler
    with run.stopwatch.measure("update"):
        metrics = {**batch.metrics, **learner.forward_backward(batch.groups)}
        check_agreement(metrics, run.machine.dtype, run.config.rl.temperature)
        check_finite(metrics)
        metrics |= learner.optim_step(run.watch.rate * rate(phase, run.step, run.config.optim))
        check_finite(metrics)
        sampler.load_weights(learner.publish(run.step + 1))
    return metrics


def _stop_if_asked(run: Run, interrupt: Interrupt) -> None:
    """Write a checkpoint and stop, if the user has pressed Ctrl-C."""
    if not interrupt.asked or run.done:
        return
    if run.saved != run.step:
        run.checkpoint()
    recipe, out = run.config.recipe, run.folder.path
    again = f"continue with: cogitate train {recipe} --out {out} --resume"
    if recipe not in RECIPES:  # made in Python
        again = f"continue with: cogitate.train(config, {str(out)!r}, resume=True)"
    raise Interrupted(f"stopped after step {run.step} of {run.phases[-1].end}; {again}")
