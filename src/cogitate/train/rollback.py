"""The response to an alarm: roll back to a good checkpoint, or stop."""

from contextlib import suppress

from cogitate.errors import CheckpointError, TrainingStopped
from cogitate.runs import checkpoint as checkpoints
from cogitate.runs.folder import ROLLED_BACK
from cogitate.train.run import Run
from cogitate.watch import Alarm, Level
from cogitate.watch.held_out import HELD_OUT
from cogitate.watch.history import NOW


def answer(run: Run, alarm: Alarm) -> None:
    """Continue from a good checkpoint with half the learning rate and other batches, or stop.

    If the process is killed at any moment, the resumed run makes the same decision.

    Raises:
        TrainingStopped: the alarm requires it, or rolling back has not helped.
    """
    good = _good(run, alarm) if alarm.level is Level.ROLL_BACK else None
    if good is None or not run.watch.may_roll_back:
        run.folder.log_event(run.step, "alarm", **alarm.to_json())
        raise TrainingStopped(alarm.line)
    seen_at, rollbacks = run.step, run.watch.rollbacks + 1
    checkpoints.remove_after(run.folder.checkpoints, good.step)
    run.folder.cut_back(good.step, aside=f"rolled_back/{rollbacks}")
    line = f"{alarm.line}. Going back to step {good.step} with half the rate and other batches"
    run.view.say(line)
    run.folder.log_event(good.step, ROLLED_BACK, line=line, seen_at=seen_at, alarm=alarm.to_json())
    run.restore(good)
    run.watch.rollbacks = rollbacks
    run.checkpoint(good.score)
    run.open_trackers()


def _good(run: Run, alarm: Alarm) -> checkpoints.Checkpoint | None:
    """Return the latest checkpoint from before the fault, as far as the alarm shows."""
    folder = run.folder.checkpoints
    best = checkpoints.best(folder) if alarm.rule in HELD_OUT else None
    if best is not None:
        with suppress(CheckpointError):
            return checkpoints.read_checkpoint(best)
    return checkpoints.before(folder, run.step - NOW, run.view.say)
