"""One run: its state, what it writes after each step, how it starts and ends."""

import math
import secrets
import shlex
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from cogitate.config import TrainConfig
from cogitate.disk import replace_folder
from cogitate.errors import CheckpointError, UsageError
from cogitate.hardware import Machine, apply, detect
from cogitate.runs import checkpoint as checkpoints
from cogitate.runs.deadline_budgets import resolve_deadlines
from cogitate.runs.folder import CONFIG, RunFolder
from cogitate.train.context_length import check_context_length
from cogitate.train.data.batch import Batch
from cogitate.train.data.curriculum import Curriculum
from cogitate.train.held_out import HeldOutEval
from cogitate.train.logging.stopwatch import Stopwatch
from cogitate.train.logging.trackers import Tracker, need_trackers, open_trackers
from cogitate.train.logging.view import View
from cogitate.train.origin import need_same_origin, origin
from cogitate.train.plan import Phase, Plan, make_plan
from cogitate.train.resuming import need_resumable, need_same_base, resumed
from cogitate.train.roles import Build, Workers
from cogitate.version import version
from cogitate.watch import Alarm, Alarmed, Level, Watch, resolve
from cogitate.watch.held_out import is_comparable, judge_verifier
from cogitate.watch.history import NOW

KEEP = 2
"""Number of latest checkpoints that are kept."""
MOST_KEPT = KEEP + 3
"""Checkpoints at once: also the best, one from before now, and one that is being written."""
CHANCE = 1.64
"""Standard errors above which a difference is significant at 5 % (one-sided)."""


@dataclass(slots=True, kw_only=True)
class Run:
    """The state of a run."""

    config: TrainConfig
    folder: RunFolder
    machine: Machine
    workers: Workers
    phases: Sequence[Phase]
    curriculum: Curriculum
    held_out_eval: HeldOutEval
    watch: Watch
    view: View
    stopwatch: Stopwatch
    trackers: Sequence[Tracker] = ()
    step: int = 0
    """Updates done."""
    best: float | None = None
    """Highest held-out accuracy so far."""
    saved: int = -1
    """Step of the last checkpoint."""
    levels: Mapping[str, Any] | None = None
    """What the curriculum knew once the last batch was sampled; None before the first."""
    num_lost: int = 0
    """Times that the learner has died since the last checkpoint was written."""

    @property
    def done(self) -> bool:
        """Whether nothing is left to learn."""
        return self.watch.mastered or self.step >= self.phases[-1].end

    def keep(self, phase: Phase, batch: Batch, metrics: Mapping[str, float]) -> None:
        """Finish a step: log and show it, check the rules, evaluate and save if due.

        Raises:
            Alarmed: a rule of `watch` is violated; the step leaves no checkpoint.
        """
        self.step += 1
        self.levels = batch.levels
        metrics = self._timed(metrics)
        self._log(phase.name, metrics)
        self.view.step(self.step, phase, metrics)
        if phase.name == "rl":
            self._keep_rollouts(batch)
        self.heed(self.watch.observe(phase.name, metrics))
        if self.watch.mastered:
            self.tell("mastered", "nearly every answer is correct: RL ends here")
        score = self.evaluate() if self._evaluation_due(phase) else None
        is_best = score is not None and (self.best is None or score >= self.best)
        self.best = score if is_best else self.best
        if self.step == phase.end and not self.done:
            self._leave_model(phase)
        if is_best or self._checkpoint_due(phase):
            self.checkpoint(score)

    def evaluate(self) -> float | None:
        """Measure held-out accuracy and log it; return it if it may select a checkpoint."""
        asked = self.held_out_eval
        with self.stopwatch.measure("evaluate"):
            metrics = asked.evaluate(self.workers.sampler, self.workers.tokenizer)
        if num_failed := metrics.get("held_out_failed"):
            effect = "" if is_comparable(metrics) else "; this evaluation selects no checkpoint"
            num = f"{num_failed:.0f} of {asked.num_questions}"
            line = f"{num} held-out answers were not judged: {asked.why}{effect}"
            self.tell("held_out_failed", line)
        if "held_out" in metrics:
            self._log("held_out", metrics)
            self.view.held_out(self.step, metrics["held_out"])
        verifiers = map(judge_verifier, asked.judged)
        self.heed([*self.watch.evaluate(metrics), *(alarm for alarm in verifiers if alarm)])
        return metrics["held_out"] if is_comparable(metrics) else None

    def checkpoint(self, score: float | None = None) -> None:
        """Write a checkpoint and remove those that are no longer needed."""
        folder = self.folder.checkpoints
        checkpoints.sweep(folder)  # what was left may fill the disk
        what = f"the checkpoint of step {self.step}"
        checkpoints.require_space(self.folder.path, self.workers.checkpoint_bytes, what)
        levels = self.curriculum.to_json() if self.levels is None else self.levels
        state = {"watch": self.watch.to_json(), "curriculum": levels, "best": self.best}
        with self.stopwatch.measure("checkpoint"):
            checkpoints.write_checkpoint(
                folder, step=self.step, score=score, state=state, save=self._save
            )
            checkpoints.retain(folder, KEEP, NOW)
        self.saved, self.num_lost = self.step, 0

    def begin(self) -> None:
        """Evaluate and save the initial model, so that there is always a checkpoint."""
        if self.step == 0 and self.saved < 0:
            score = self.evaluate() if self.held_out_eval.families else None
            self.best = score
            self.checkpoint(score)

    def open_trackers(self) -> None:
        """Open the trackers, from the next step on."""
        self._close_trackers()
        names, settings = self.config.run.trackers, {"recipe": self.config.recipe}
        self.trackers = open_trackers(names, self.folder.path, self.step + 1, settings)

    def restore(self, found: checkpoints.Checkpoint) -> None:
        """Restore the state of a checkpoint."""
        self.workers.forget()
        self.workers.learner.load(found.path / "learner")
        self.workers.sampler.load_weights(self.workers.learner.publish(found.step))
        self.step = self.saved = found.step
        self.watch.restore(found.state.get("watch"))
        self.curriculum.restore(found.state["curriculum"])
        self.levels = None
        self.best = found.state["best"]

    def heed(self, alarms: Sequence[Alarm]) -> None:
        """Log and show warnings.

        Raises:
            Alarmed: the most severe alarm, if it is above a warning.
        """
        for alarm in alarms:
            if alarm.level <= Level.WARN:
                self.folder.log_event(self.step, "alarm", **alarm.to_json())
                self.view.say(f"{alarm.level}: {alarm.line}")
        gravest = max(alarms, key=lambda alarm: alarm.level, default=None)
        if gravest is not None and gravest.level > Level.WARN:
            raise Alarmed(gravest)

    def tell(self, what: str, line: str) -> None:
        """Show a line and log it as an event."""
        self.view.say(line)
        self.folder.log_event(self.step, what, line=line)

    def finish(self) -> None:
        """Copy the selected checkpoint's model to `model/`, atomically."""
        if self.folder.claim("model").is_dir():
            self.view.say(f"this run is finished; its model is {self.folder.model}")
            return
        chosen = self._chosen()
        for name in ("adapter", "model"):  # the model last: where it stands, the run is finished
            if (chosen.path / name).is_dir():
                self._put(name, partial(shutil.copytree, chosen.path / name, dirs_exist_ok=True))
        measured = "" if chosen.score is None else f", held-out accuracy {chosen.score:.1%}"
        self.tell("finished", f"the model of step {chosen.step} is {self.folder.model}{measured}")

    def close(self) -> None:
        """Close the trackers, and end the workers' processes."""
        self._close_trackers()
        self.workers.close()

    def go_back_to_checkpoint(self) -> None:
        """Load the latest intact checkpoint and remove what was logged after it."""
        messages: list[str] = []
        found = checkpoints.latest_good(self.folder.checkpoints, messages.append)
        self.folder.cut_back(found.step if found else -1)
        if found is not None:
            self.restore(found)
        for line in messages:
            self.tell("corrupt", line)

    def _close_trackers(self) -> None:
        for tracker in self.trackers:
            tracker.close()

    def _chosen(self) -> checkpoints.Checkpoint:
        """Return the last checkpoint, or the best if it is significantly better."""
        last = checkpoints.latest_good(self.folder.checkpoints, self.view.say)
        assert last is not None, "a finished run has written a checkpoint"
        path = checkpoints.best(self.folder.checkpoints)
        try:
            best = last if path is None else checkpoints.read_checkpoint(path)
        except CheckpointError as error:
            self.tell("corrupt", f"checkpoint skipped: {error}")
            return last
        if best.score is None or last.score is None:
            return last
        chance = CHANCE * math.hypot(
            *(standard_error(s, self.held_out_eval.num_questions) for s in (best.score, last.score))
        )
        return last if last.score >= best.score - chance else best

    def _leave_model(self, phase: Phase) -> None:
        """Write the model at the end of a phase into a folder of the phase's name."""

        def save(folder: Path) -> None:
            self.workers.save_model(folder)
            shutil.copy(self.folder.path / CONFIG, folder / CONFIG)

        self._put(phase.name, save)

    def _put(self, name: str, fill: Callable[[Path], object]) -> None:
        """Write a folder of the run atomically, in place of the one that the run wrote before."""
        unfinished, target = self.folder.claim(f".{name}"), self.folder.claim(name)
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        fill(unfinished)
        replace_folder(unfinished, target)

    def _evaluation_due(self, phase: Phase) -> bool:
        every, config = self.config.run.eval_every, self.config
        if not self.held_out_eval.families:
            return False
        if phase.name == "drill":  # at the end, if questions have the drill's form
            return self.done and config.drill.chat and not config.rl.think
        return self.done or self.step == phase.end or self.step % every == 0

    def _checkpoint_due(self, phase: Phase) -> bool:
        every = self.config.run.checkpoint_every
        return self.done or self.step == phase.end or self.step % every == 0

    def _log(self, phase: str, metrics: Mapping[str, float]) -> None:
        self.folder.log_metrics(self.step, {"phase": phase, **metrics})
        for tracker in self.trackers:
            tracker.log(self.step, metrics)

    def _keep_rollouts(self, batch: Batch) -> None:
        self.folder.log_rollouts(self.step, batch.records)
        if batch.metrics["verifier_failed"]:
            num = round(batch.metrics["verifier_failed"])
            why = next(record["why"] for record in batch.records if record["reward"] is None)
            # The cause may be a time-out, which another run need not repeat.
            self.folder.log_event(self.step, "verifier_failed", num=num, why=why, repeatable=False)
        every = self.config.run.show_every
        if every and (self.step % every == 0 or self.step == 1):
            self.view.rollout(self.step, batch.records[0])

    def _timed(self, metrics: Mapping[str, float]) -> dict[str, float]:
        passed_s, spent = self.stopwatch.passed_s, self.stopwatch.take()
        learning_s = sum(spent.get(f"{what}_s", 0.0) for what in ("rollout", "verify", "update"))
        if learning_s > passed_s:  # what was sampled ahead, beside an update
            spent["overlap_s"] = passed_s - learning_s
            learning_s = passed_s
        busy: dict[str, float] = {}
        for kind, seconds in self.workers.take_busy().items():
            shares = {f"{kind}_{i}_busy": one / passed_s for i, one in enumerate(seconds)}
            busy |= {**shares, f"{kind}s_busy": sum(shares.values()) / len(shares)}
        tokens_per_s = metrics["tokens"] / max(learning_s, 1e-9)
        return {**metrics, **spent, **busy, "tokens_per_s": tokens_per_s}

    def _save(self, folder: Path) -> None:
        (folder / "learner").mkdir()
        self.workers.learner.save(folder / "learner")
        if not any((folder / "learner").iterdir()):
            raise CheckpointError(
                f"the learner wrote nothing to {folder / 'learner'}: is this folder on a disk that"
                " all machines share?"
            )
        self.workers.save_model(folder)
        shutil.copy(self.folder.path / CONFIG, folder / CONFIG)


def standard_error(share: float, num: int) -> float:
    """Return the standard error of a share of `num` questions.

    Example: standard_error(0.8, 100) -> 0.04
    """
    return math.sqrt(share * (1 - share) / max(1, num))


def open_run(
    config: TrainConfig, folder: RunFolder, view: View, *, resume: bool, build: Build
) -> Run:
    """Return the run in `folder`, or a new one."""
    need_trackers(config.run.trackers)
    before = folder.read_config()
    if before is not None:
        need_resumable(config, before[0], folder, resume=resume)
        phases = [phase["name"] for phase in before[1]["phases"]]
        folder.need_free(*phases, "adapter", "model")
    learned_from = origin(config)
    if before is not None:
        is_finished = folder.model.is_dir()
        need_same_origin(before[1], learned_from, view.say, is_finished=is_finished)
    machine = detect(config.run) if before is None else resumed(config, before[1]["machine"])
    apply(machine)
    workers = build(config, machine)
    try:
        if before is not None:
            need_same_base(config, before[1].get("base", ""), workers.base)
        resolved, machine = resolve_deadlines(config, machine, workers.speed, view.say)
        run = _assemble(resolved, folder, view, machine, workers)
        _write_config(run, config, before, learned_from)
        run.go_back_to_checkpoint()
        run.open_trackers()
    except BaseException:
        workers.close()
        raise
    run.view.begin(run.phases, run.step)
    return run


def _write_config(
    run: Run,
    config: TrainConfig,
    before: tuple[TrainConfig, dict[str, Any]] | None,
    learned_from: Mapping[str, Any],
) -> None:
    """Write the configuration of a new run; one that goes on elsewhere says so."""
    folder, machine = run.folder, run.machine
    if before is None:
        num_bytes = MOST_KEPT * run.workers.checkpoint_bytes
        checkpoints.require_space(folder.path, num_bytes, "this run's checkpoints")
        folder.write_config(config, {**_resolved(run), "fingerprints": learned_from})
    elif machine.processor != before[1]["machine"]["processor"]:
        run.view.say(f"this run goes on on {machine.processor}")
        folder.write_config(config, {**before[1], "machine": machine.to_json()})


def plan(
    config: TrainConfig, workers: Workers, stopwatch: Stopwatch, say: Callable[[str], None]
) -> Plan:
    """Return the plan of a run.

    Raises:
        UsageError: there is no phase to run, or a question is too long for the model.
    """
    made = make_plan(config, workers.tokenizer, workers.sampler, stopwatch, say, workers.context)
    check_context_length(made.phases, config, workers.tokenizer, workers.context)
    if not made.phases:
        raise UsageError("no phase is left to run: set rl.num_steps, or give worked solutions")
    return made


def _assemble(
    config: TrainConfig, folder: RunFolder, view: View, machine: Machine, workers: Workers
) -> Run:
    stopwatch = Stopwatch()
    made = plan(config, workers, stopwatch, view.say)
    return Run(
        config=config,
        folder=folder,
        machine=machine,
        workers=workers,
        phases=made.phases,
        curriculum=made.curriculum,
        held_out_eval=HeldOutEval(made, config, view.say),
        watch=Watch(resolve(config.watch)),
        view=view,
        stopwatch=stopwatch,
    )


def _resolved(run: Run) -> dict[str, Any]:
    return {
        "id": secrets.token_hex(4),
        "machine": run.machine.to_json(),
        "command": shlex.join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        "version": version(),
        "num_params": run.workers.num_params,
        "base": run.workers.base,
        "phases": [{"name": p.name, "first": p.first, "end": p.end} for p in run.phases],
    }
