"""The folder of one run: everything a run leaves behind, and the lock that keeps it to one.

| name | what |
|---|---|
| config.json | what was asked for, and what it came to on this machine |
| metrics.jsonl | one line per step |
| events.jsonl | what happened, one line each |
| rollouts/step-000012.jsonl | every verified rollout of that step |
| checkpoints/ | see cogitate.checkpoint |
| rolled_back/1/ | rollouts of the steps that a run went back over, the first time |
| tb/ | TensorBoard |
| model/ | the finished model, in Hugging Face format |
"""

import fcntl
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TextIO

from cogitate.config import TrainConfig, from_json, to_json
from cogitate.errors import UsageError

CONFIG = "config.json"
ROLLED_BACK = "rolled_back"
"""The event of a run that has gone back to a checkpoint."""


class RunFolder:
    """A run's folder, held by this process until `close`."""

    def __init__(self, path: Path) -> None:
        """Create the folder if need be and take its lock.

        Raises:
            UsageError: another run works in it.
        """
        path.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.checkpoints = path / "checkpoints"
        self.model = path / "model"
        (path / "rollouts").mkdir(exist_ok=True)
        self._lock = _lock(path / ".lock")

    def close(self) -> None:
        """Let others in."""
        self._lock.close()

    def log_metrics(self, step: int, metrics: Mapping[str, Any]) -> None:
        """Append one step's line to metrics.jsonl."""
        _append(self.path / "metrics.jsonl", [{"step": step, **metrics}])

    def log_event(self, step: int, what: str, **details: Any) -> None:
        """Append one line to events.jsonl."""
        _append(self.path / "events.jsonl", [{"step": step, "event": what, **details}])

    def log_rollouts(self, step: int, records: Iterable[Mapping[str, Any]]) -> None:
        """Write the verified rollouts of one step."""
        lines = "".join(_line(record) for record in records)
        (self.path / "rollouts" / f"step-{step:06d}.jsonl").write_text(lines, encoding="utf-8")

    def cut_back(self, step: int, aside: str = "") -> None:
        """Forget what the logs say after `step`: it is done again from there.

        Rollouts are moved to the folder `aside`, where one is named. That a run went back to a
        checkpoint is never forgotten.
        """
        for name in ("metrics.jsonl", "events.jsonl"):
            _keep_until(self.path / name, step)
        if aside:
            (self.path / aside).mkdir(parents=True, exist_ok=True)
        for path in (self.path / "rollouts").glob("step-*.jsonl"):
            if int(path.stem.removeprefix("step-")) > step:
                if aside:
                    path.rename(self.path / aside / path.name)
                else:
                    path.unlink()

    def write_config(self, config: TrainConfig, resolved: Mapping[str, Any]) -> None:
        """Write what was asked for and what it came to on this machine, atomically."""
        values = {"config": to_json(config), "resolved": dict(resolved)}
        unfinished = self.path / f".{CONFIG}"
        unfinished.write_text(json.dumps(values, indent=1) + "\n", encoding="utf-8")
        unfinished.replace(self.path / CONFIG)

    def read_config(self) -> tuple[TrainConfig, dict[str, Any]] | None:
        """Return what `write_config` wrote, or None in a new folder."""
        return read_config(self.path)


def read_config(path: Path) -> tuple[TrainConfig, dict[str, Any]] | None:
    """Return a run folder's (or checkpoint's) configuration and resolved values, if it has any.

    Raises:
        UsageError: the file does not parse, or has a key that is not known.
    """
    file = path / CONFIG
    if not file.is_file():
        return None
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        return from_json(values["config"]), values["resolved"]
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"{file} is not a run's configuration: {error}") from error


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the whole lines of a JSONL file; a last line that was cut short is left out.

    Raises:
        UsageError: a line is not what was written.
    """
    if not path.is_file():
        return []
    lines = path.read_bytes().split(b"\n")[:-1]
    return [_parsed(path, number, line) for number, line in enumerate(lines, 1)]


def _parsed(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        return json.loads(line)
    except ValueError as error:
        raise UsageError(
            f"{path}: line {number} is damaged; put a whole copy of the file there, or take the"
            " line out"
        ) from error


def is_held(path: Path) -> bool:
    """Say whether a process works in a run's folder now."""
    try:
        with (path / ".lock").open("a+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # a folder that only can be read: nobody can work in it
        return False
    return False


def _keep_until(path: Path, step: int) -> None:
    kept = [
        line
        for line in read_lines(path)
        if line["step"] <= step or line.get("event") == ROLLED_BACK
    ]
    unfinished = path.with_name(f".{path.name}")
    unfinished.write_text("".join(_line(line) for line in kept), encoding="utf-8")
    unfinished.replace(path)


def _append(path: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write("".join(_line(line) for line in lines))


def _line(values: Mapping[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False) + "\n"


def _lock(path: Path) -> TextIO:
    """Hold an advisory lock that the system lets go of when this process dies."""
    file = path.open("a+", encoding="utf-8")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        owner = file.read().strip() or "unknown"
        file.close()
        raise UsageError(
            f"another run (process {owner}) is working in {path.parent}; wait for it, stop it, or"
            " choose another folder with --out"
        ) from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file
