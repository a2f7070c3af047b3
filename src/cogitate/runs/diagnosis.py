"""`cogitate doctor RUN`: what happened to a run, and what to do."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from cogitate.config import TrainConfig
from cogitate.errors import CheckpointError
from cogitate.runs.checkpoint import list_checkpoints, read_checkpoint
from cogitate.runs.folder import is_held, need_config, read_lines, wrote
from cogitate.watch import Level
from cogitate.watch.replay import replay

Line = tuple[str, str]
"""What a line is about, and what it says."""
_SMALL_LOSS = 0.2


def diagnose(folder: Path) -> tuple[list[Line], bool]:
    """Return what there is to say of a run, and whether anything is wrong with it.

    Raises:
        UsageError: this is no run's folder.
    """
    config, resolved = need_config(folder)
    metrics, events = read_lines(folder / "metrics.jsonl"), read_lines(folder / "events.jsonl")
    wrong = [*_stopped(events), *_checkpoints(folder), *_alarms(config, metrics)]
    about = [
        ("run", f"{config.recipe} from {config.model}: {_steps(metrics)} of {_planned(resolved)}"),
        ("state", _state(folder)),
        *_last_step(metrics),
    ]
    told = [("event", f"step {e['step']}: {e['line']}") for e in events if "line" in e]
    return [*about, *told, *wrong], bool(wrong)


def _planned(resolved: Mapping[str, Any]) -> str:
    phases = [f"{phase['name']} to {phase['end']}" for phase in resolved["phases"]]
    return f"{resolved['phases'][-1]['end']} steps ({', '.join(phases)})"


def _steps(metrics: Sequence[Mapping[str, Any]]) -> int:
    return metrics[-1]["step"] if metrics else 0


def _state(folder: Path) -> str:
    if (folder / "model").is_dir() and wrote(folder, "model"):
        return f"finished; its model is {folder / 'model'}"
    if is_held(folder):
        return "going on"
    return "not finished, and nobody works on it: its own command with --resume goes on"


def _last_step(metrics: Sequence[Mapping[str, Any]]) -> Iterator[Line]:
    """Tell of the last step, and of a loss that puzzles people."""
    steps = [line for line in metrics if line["phase"] != "held_out"]
    if not steps:
        return
    last = steps[-1]
    shown = ("reward", "held_out", "loss", "grad_norm", "thought_tokens", "entropy", "tokens_per_s")
    values = [f"{name} {last[name]:.3g}" for name in shown if name in last]
    yield "last step", f"{last['phase']}: {', '.join(values)}"
    if last["phase"] == "rl" and abs(last.get("loss", 0.0)) < _SMALL_LOSS:
        yield (
            "loss",
            "near 0, as it should be: in RL on one's own rollouts as much is pushed up as down, so"
            " the loss says nothing. Look at reward and held-out accuracy",
        )
    examined = [line for line in metrics if line["phase"] == "held_out"]
    if examined:
        accuracies = " ".join(f"{line['held_out']:.0%}" for line in examined[-8:])
        yield "held out", f"{accuracies} (the last {len(examined[-8:])} evaluations)"


def _stopped(events: Sequence[Mapping[str, Any]]) -> Iterator[Line]:
    if events and events[-1]["event"] == "stopped":
        yield "stopped", f"step {events[-1]['step']}: {events[-1]['why']}"


def _checkpoints(folder: Path) -> Iterator[Line]:
    for path in list_checkpoints(folder / "checkpoints"):
        try:
            read_checkpoint(path)
        except CheckpointError as error:
            yield "corrupt", f"{error}; it will be passed over"


def _alarms(config: TrainConfig, metrics: Sequence[Mapping[str, Any]]) -> Iterator[Line]:
    """Tell what today's rules say of the whole run, notes left out."""
    for step, alarm in replay(config, metrics):
        if alarm.level > Level.NOTE:
            yield str(alarm.level), f"step {step}: {alarm.line}"
