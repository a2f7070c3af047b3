"""The loop: rollout, verify, advantage, update.

Pre-training, drill and cold start use the same loop, with target texts in place of rollouts.
Training is synchronous and on-policy: a batch is sampled from the weights that it updates; unless
`scale.lead` samples it ahead, or `rl.updates_per_batch` makes several updates from it.
"""

from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from rich.console import Console

from cogitate.config import TrainConfig, check
from cogitate.disk import given
from cogitate.errors import Interrupted, LearnerLost, TrainingStopped
from cogitate.recipes import RECIPES, make
from cogitate.runs.folder import RunFolder
from cogitate.train.cluster.ahead import Ahead
from cogitate.train.data.batch import Batch
from cogitate.train.interrupt import Interrupt, interruptible
from cogitate.train.logging.view import open_view
from cogitate.train.plan import Phase, phase_of, rate
from cogitate.train.roles import Build
from cogitate.train.rollback import answer
from cogitate.train.run import Run, open_run
from cogitate.train.workers import build_workers
from cogitate.types import Datum
from cogitate.update.scored import with_signal
from cogitate.watch import Alarmed, check_agreement, check_finite, resolve

Group = Sequence[Datum]
MOST_LOST = 3
"""Times that the learner may die between two checkpoints."""
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
                advance(run)
                _stop_if_asked(run, interrupt)
            except LearnerLost as lost:
                go_on_without(run, lost)
    except TrainingStopped as stop:
        run.folder.log_event(run.step, "stopped", why=str(stop))
        raise


def advance(run: Run) -> None:
    """Do one step, or answer its alarm."""
    try:
        run.begin()
        step(run)
    except Alarmed as alarmed:
        answer(run, alarmed.alarm)


def step(run: Run) -> None:
    """Do one step: rollout, verify, advantage, update; then log, evaluate and save."""
    phase = phase_of(run.phases, run.step)
    metrics = update(run, phase, batch := sampled(run, phase))
    run.keep(phase, batch, metrics)


def sampled(run: Run, phase: Phase) -> Batch:
    """Return the batch of the next step, which may have been sampled ahead."""
    sampler, offset = run.workers.sampler, run.watch.rollbacks * OTHER_BATCHES
    if phase.name == "rl" and isinstance(sampler, Ahead):
        return sampler.batch(phase, run.step, offset)
    return phase.source.batch(run.step - phase.first + offset)


def update(run: Run, phase: Phase, batch: Batch) -> dict[str, float]:
    """Learn from one batch and publish the new weights to the sampler; return metrics.

    A batch without signal changes nothing.

    Raises:
        Alarmed: this update would corrupt the weights, or has.
    """
    if not batch.groups:
        return dict(batch.metrics)
    learner, sampler, config = run.workers.learner, run.workers.sampler, run.config
    lr = run.watch.rate * rate(phase, run.step, config.optim)
    dtype = (run.workers.machine or run.machine).dtype
    told: list[dict[str, float]] = []
    with run.stopwatch.measure("update"):
        for groups in dealt(with_signal(batch.groups), updates_of(config, phase)):
            found = dict(learner.forward_backward(groups))
            if not told and not config.scale.lead:
                check_agreement(found, dtype, config.rl.temperature)
            else:
                found = off_policy(found)
            check_finite(found)
            found |= learner.optim_step(lr)
            check_finite(found)
            told.append(found)
        sampler.load_weights(learner.publish(run.step + 1))
    return {**batch.metrics, **together(told)}


def off_policy(metrics: Mapping[str, float]) -> dict[str, float]:
    """Return metrics with the distance of sampler and learner under names of their own.

    It is no error where rollouts are older than the weights that they update.
    """
    return {
        f"off_policy_{name}" if name.startswith("logprob_diff") or name == "kl" else name: value
        for name, value in metrics.items()
    }


def together(told: Sequence[Mapping[str, float]]) -> dict[str, float]:
    """Return the metrics of several updates as those of one step.

    Tokens are summed, means are over all tokens, and of what is watched the largest counts.
    """
    if len(told) == 1:
        return dict(told[0])
    found = {name: value for one in told for name, value in one.items()}
    for name in ("grad_norm", "step_kl", *(n for n in found if n.startswith("off_policy"))):
        if name in found:
            found[name] = max(one[name] for one in told if name in one)
    total = sum(one["num_tokens"] for one in told)
    for name in ("loss", "logprob"):
        found[name] = sum(one[name] * one["num_tokens"] for one in told) / total
    return found | {"num_tokens": total}


def updates_of(config: TrainConfig, phase: Phase) -> int:
    """Return the number of updates from one batch of a phase."""
    return config.rl.updates_per_batch if phase.name == "rl" else 1


def dealt(groups: Sequence[Group], num: int) -> list[Sequence[Group]]:
    """Deal groups to updates, as even as can be; fewer groups than updates have one each.

    Example: dealt([a, b, c], 2) -> [[a, c], [b]]
    """
    return [groups[first::num] for first in range(min(num, len(groups)))]


def go_on_without(run: Run, lost: LearnerLost) -> None:
    """Make the learner again, and go back to the run's checkpoint.

    Raises:
        TrainingStopped: that does not help.
    """
    if run.num_lost == MOST_LOST:
        raise TrainingStopped(f"{lost}, again after {MOST_LOST} times since a checkpoint") from lost
    run.num_lost += 1
    seen_at, line = run.step, f"{lost}; it is made again, and the run goes back to its checkpoint"
    run.view.say(line)
    try:
        run.workers.restart()
        run.go_back_to_checkpoint()
    except LearnerLost as again:
        raise TrainingStopped(f"{again}, as it was made again") from again
    run.folder.log_event(run.step, "learner_lost", line=line, seen_at=seen_at)
    run.open_trackers()


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
