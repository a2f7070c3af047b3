"""The diagnosis of a run, for `cogitate doctor RUN`: what happened, and what to do."""

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
"""The subject of a line, and its text."""
_SMALL_LOSS = 0.2


def diagnose(folder: Path) -> tuple[list[Line], bool]:
    """Return the diagnosis of a run, and whether anything is wrong with it.

    Raises:
        UsageError: the folder is not that of a run.
    """
    config, resolved = need_config(folder)
    metrics, events = read_lines(folder / "metrics.jsonl"), read_lines(folder / "events.jsonl")
    ended = events if not is_held(folder) else ()
    wrong = [*_stopped(ended, _steps(metrics)), *_checkpoints(folder), *_alarms(config, metrics)]
    about = [
        ("run", f"{config.recipe} from {config.model}: {_steps(metrics)} of {_planned(resolved)}"),
        ("state", _state(folder)),
        *_last_step(metrics),
    ]
    shown = [("event", f"step {e['step']}: {e['line']}") for e in events if "line" in e]
    return [*about, *shown, *wrong], bool(wrong)


def _planned(resolved: Mapping[str, Any]) -> str:
    phases = [f"{phase['name']} to {phase['end']}" for phase in resolved["phases"]]
    return f"{resolved['phases'][-1]['end']} steps ({', '.join(phases)})"


def _steps(metrics: Sequence[Mapping[str, Any]]) -> int:
    return metrics[-1]["step"] if metrics else 0


def _state(folder: Path) -> str:
    if (folder / "model").is_dir() and wrote(folder, "model"):
        return f"finished; its model is {folder / 'model'}"
    if is_held(folder):
        return "running"
    return "not finished, and not running: repeat its command with --resume to continue"


def _last_step(metrics: Sequence[Mapping[str, Any]]) -> Iterator[Line]:
    """Yield the last step's metrics, and an explanation of a small loss."""
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
            "near 0, as expected: the advantages of a group sum to 0, so the loss says nothing."
            " Look at reward and held-out accuracy",
        )
    evaluated = [line for line in metrics if line["phase"] == "held_out"]
    if evaluated:
        accuracies = " ".join(f"{line['held_out']:.0%}" for line in evaluated[-8:])
        yield "held out", f"{accuracies} (the last {len(evaluated[-8:])} evaluations)"


def _stopped(events: Sequence[Mapping[str, Any]], num_steps: int) -> Iterator[Line]:
    """Yield why a run stopped, unless it was resumed afterwards."""
    if events and events[-1]["event"] == "stopped" and num_steps <= events[-1]["step"]:
        yield "stopped", f"step {events[-1]['step']}: {events[-1]['why']}"


def _checkpoints(folder: Path) -> Iterator[Line]:
    for path in list_checkpoints(folder / "checkpoints"):
        try:
            read_checkpoint(path)
        except CheckpointError as error:
            yield "corrupt", f"{error}; it will be skipped"


def _alarms(config: TrainConfig, metrics: Sequence[Mapping[str, Any]]) -> Iterator[Line]:
    """Yield the alarms of the current rules on the whole run, without notes."""
    for step, alarm in replay(config, metrics):
        if alarm.level > Level.NOTE:
            yield str(alarm.level), f"step {step}: {alarm.line}"
