"""The loop: rollout, verify, advantage, update.

Drill and cold start go through the same loop with right texts in place of rollouts.
Everything is synchronous and on-policy: a batch is rolled out by the weights that it updates.
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
"""Steps from which a run takes its batches after each roll-back: those of no other step."""


def train(
    config: TrainConfig | str,
    out: str | Path,
    *,
    resume: bool = False,
    console: Console | None = None,
    build: Build = build_workers,
) -> None:
    """Run a configuration in the folder `out`, or go on with the run that stands there.

    The name of a recipe stands for its configuration. With `resume` a new folder is started in as
    well, so that one command can be repeated until the run is done. `build` makes the sampler and
    the learner.

    Example: train("canary", "runs/canary")

    Raises:
        UsageError: the folder is taken, or the configuration or its tasks are wrong.
        TrainingStopped: the run stopped itself; `Interrupted` where the user stopped it.
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
    """Go on until every phase is done, or until the run stops itself or is stopped."""
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
    """Do one step: rollout, verify, advantage, update, and what is kept of it."""
    phase = phase_of(run.phases, run.step)
    batch = phase.source.batch(run.step - phase.first + run.watch.rollbacks * OTHER_BATCHES)
    metrics = update(run, phase, batch)
    run.keep(phase, batch, metrics)


def update(run: Run, phase: Phase, batch: Batch) -> dict[str, float]:
    """Learn from one batch and let the sampler have the new weights; return metrics.

    A batch in which nothing carries signal changes nothing.

    Raises:
        Alarmed: this update would spoil the weights, or has.
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
    """Leave with a checkpoint where the user has pressed Ctrl-C."""
    if not interrupt.asked or run.done:
        return
    if run.saved != run.step:
        run.checkpoint()
    recipe, out = run.config.recipe, run.folder.path
    again = f"the same command with --resume goes on: cogitate train {recipe} --out {out} --resume"
    if recipe not in RECIPES:  # made in Python
        again = f"cogitate.train(config, {str(out)!r}, resume=True) goes on"
    raise Interrupted(f"stopped after step {run.step} of {run.phases[-1].end}; {again}")
