"""The folder of one run: everything that it writes, and the lock that keeps others out.

| name | what |
|---|---|
| config.json | the configuration, and the resolved values on this machine |
| metrics.jsonl | one line per step |
| events.jsonl | what happened, one line each |
| rollouts/step-000012.jsonl | every verified rollout of that step |
| checkpoints/ | see cogitate.runs.checkpoint |
| rolled_back/1/ | rollouts of the steps that the first roll-back discarded |
| tb/ | TensorBoard |
| model/ | the finished model, in Hugging Face format |
| written.txt | the names of all these; the run changes and removes nothing else |
"""

import fcntl
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, TextIO

from cogitate.config import TrainConfig, from_json, migrations, to_json
from cogitate.disk import is_ours, is_unfinished, write_whole
from cogitate.errors import UsageError

CONFIG = "config.json"
WRITTEN = "written.txt"
_TITLE = "# What this run has written. Nothing else in its folder is changed or removed."
_ALWAYS = (".lock", "checkpoints", "tb")
"""Named from the start, since others write them; in checkpoints each says itself what is ours."""
ROLLED_BACK = "rolled_back"
"""The event of a roll-back to a checkpoint."""

_LOGGED = {"metrics.jsonl": ("step", "phase"), "events.jsonl": ("step", "event")}
"""Required keys of each line of a file."""


class RunFolder:
    """A run's folder, locked by this process until `close`."""

    def __init__(self, path: Path) -> None:
        """Create the folder if necessary and lock it.

        Raises:
            UsageError: another run uses it, or it holds files that cogitate did not write.
        """
        _need_ours(path)
        path.mkdir(parents=True, exist_ok=True)
        self.path = path
        self.checkpoints = path / "checkpoints"
        self.model = path / "model"
        self._lock = _lock(path / ".lock")
        self._written = dict.fromkeys([*_written(path), WRITTEN, *_ALWAYS])  # in their order
        write_whole(path / WRITTEN, "\n".join([_TITLE, *self._written]) + "\n")
        self.claim("rollouts").mkdir(exist_ok=True)

    def close(self) -> None:
        """Release the lock."""
        self._lock.close()

    def claim(self, name: str) -> Path:
        """Return the path of a file that this run is about to write, and record its name.

        Raises:
            UsageError: there is a file of that name that this run did not write.
        """
        self.need_free(name)
        if name not in self._written:
            with (self.path / WRITTEN).open("a", encoding="utf-8") as file:
                file.write(f"{name}\n")
            self._written[name] = None
        return self.path / name

    def need_free(self, *names: str) -> None:
        """Raise `UsageError` if there is a file of these names that this run did not write."""
        for name in names:
            if name not in self._written and os.path.lexists(self.path / name):
                raise UsageError(
                    f"{self.path / name} was not written by this run, which needs that name: move"
                    " it elsewhere"
                )

    def log_metrics(self, step: int, metrics: Mapping[str, Any]) -> None:
        """Append one step's line to metrics.jsonl."""
        _append(self.claim("metrics.jsonl"), [{"step": step, **metrics}])

    def log_event(self, step: int, what: str, **details: Any) -> None:
        """Append one line to events.jsonl."""
        _append(self.claim("events.jsonl"), [{"step": step, "event": what, **details}])

    def log_rollouts(self, step: int, records: Iterable[Mapping[str, Any]]) -> None:
        """Write the verified rollouts of one step."""
        lines = "".join(_line(record) for record in records)
        self.claim(_rollouts(step)).write_text(lines, encoding="utf-8")

    def cut_back(self, step: int, aside: str = "") -> None:
        """Remove what the logs say after `step`, from which the run continues.

        Rollouts are moved to the folder `aside`, if one is given. Roll-back events are kept.
        """
        for name in ("metrics.jsonl", "events.jsonl"):
            _keep_until(self.claim(name), step)
        if aside:
            self.claim(aside).mkdir(parents=True, exist_ok=True)
        for path in rollouts(self.path):
            if int(path.stem.removeprefix("step-")) > step:
                if aside:
                    path.rename(self.path / aside / path.name)
                else:
                    path.unlink()

    def write_config(self, config: TrainConfig, resolved: Mapping[str, Any]) -> None:
        """Write the configuration and the resolved values on this machine, atomically."""
        values = {"config": to_json(config), "resolved": dict(resolved)}
        write_whole(self.claim(CONFIG), json.dumps(values, indent=1) + "\n")

    def read_config(self) -> tuple[TrainConfig, dict[str, Any]] | None:
        """Return what `write_config` wrote, or None in a new folder."""
        return _parsed_config(self.path / CONFIG) if (self.path / CONFIG).is_file() else None


def read_config(path: Path) -> tuple[TrainConfig, dict[str, Any]] | None:
    """Return the configuration and resolved values of a run; None if the folder is not a run's.

    Raises:
        UsageError: it has an unknown key.
    """
    return _parsed_config(path / CONFIG) if is_run(path) else None


def need_config(path: Path) -> tuple[TrainConfig, dict[str, Any]]:
    """Return the same as `read_config`, or raise `UsageError` if there is no run."""
    read = read_config(path)
    if read is None:
        raise UsageError(f"{path} is not the folder of a run: it has no config.json of ours")
    return read


def _parsed_config(file: Path) -> tuple[TrainConfig, dict[str, Any]]:
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
        return from_json(values["config"]), migrations.resolved(values["resolved"])
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{file} is not a run's configuration: {error}") from error


def is_run(path: Path) -> bool:
    """Return whether a folder's config.json is a run's, not a model's or another program's.

    A run's checkpoints and the models of its phases have it too.
    """
    try:
        values = json.loads((path / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(values, dict) and {"config", "resolved"} <= values.keys()


def wrote(path: Path, name: str) -> bool:
    """Return whether the run in a folder wrote the file of this name."""
    return name in _written(path)


def rollouts(path: Path) -> list[Path]:
    """Return the rollout files that the run in a folder wrote, by step."""
    own = set(_written(path))
    found = sorted((path / "rollouts").glob("step-*.jsonl"))
    return [file for file in found if f"rollouts/{file.name}" in own]


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the lines of a JSONL file, without an incomplete last line.

    Raises:
        UsageError: a line is not what was written.
    """
    if not path.is_file():
        return []
    lines = path.read_bytes().split(b"\n")[:-1]
    return [_parsed(path, number, line) for number, line in enumerate(lines, 1)]


def _parsed(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        values = migrations.record(dict(json.loads(line)))
        for key in _LOGGED.get(path.name, ()):
            values[key]
    except (LookupError, TypeError, ValueError) as error:
        raise UsageError(
            f"{path}: line {number} is damaged; put a whole copy of the file there, or take the"
            " line out"
        ) from error
    return values


def is_held(path: Path) -> bool:
    """Say whether a process works in a run's folder now."""
    try:
        with (path / ".lock").open(encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:  # no run has used it
        return False
    return False


def _keep_until(path: Path, step: int) -> None:
    kept = [
        line
        for line in read_lines(path)
        if line["step"] <= step or line.get("event") == ROLLED_BACK
    ]
    write_whole(path, "".join(_line(line) for line in kept))


def _append(path: Path, lines: Iterable[Mapping[str, Any]]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write("".join(_line(line) for line in lines))


def _line(values: Mapping[str, Any]) -> str:
    return json.dumps(values, ensure_ascii=False) + "\n"


def _rollouts(step: int) -> str:
    return f"rollouts/step-{step:06d}.jsonl"


def _need_ours(path: Path) -> None:
    """Refuse to start a run in a folder with files that cogitate did not write."""
    own = _written(path)
    if CONFIG in own or not path.is_dir():
        return
    names = {*own, ".lock"}  # of a run that was stopped while it started
    left = [file for file in path.iterdir() if not is_unfinished(file) and not is_ours(file)]
    others = sorted(file.name for file in left if file.name not in names)
    if others:
        more = f" and {len(others) - 3} more" if len(others) > 3 else ""
        raise UsageError(
            f"{path} holds {', '.join(others[:3])}{more}, which cogitate did not write: choose a"
            " folder of its own with --out"
        )


def _written(path: Path) -> list[str]:
    """Return the names that the run in a folder has recorded."""
    try:
        title, *names = (path / WRITTEN).read_text(encoding="utf-8").split("\n")
    except FileNotFoundError:
        return _written_before(path)
    except (OSError, UnicodeDecodeError):
        return []
    return names[:-1] if title == _TITLE else []  # without an incomplete last one


def _written_before(path: Path) -> list[str]:
    """Return the names of files of a run of cogitate 0.1, which kept no list of them."""
    if not is_run(path):
        return []
    resolved = json.loads((path / CONFIG).read_text(encoding="utf-8"))["resolved"]
    phases = [phase["name"] for phase in resolved.get("phases", ())]
    logs = ["metrics.jsonl", "events.jsonl", "rollouts", *_below(path, "rollouts/step-*.jsonl")]
    folders = [*phases, "adapter", "model", *_below(path, f"{ROLLED_BACK}/*")]
    return [CONFIG, *logs, *folders, *(f".{folder}" for folder in folders)]


def _below(path: Path, pattern: str) -> list[str]:
    return [found.relative_to(path).as_posix() for found in path.glob(pattern)]


def _lock(path: Path) -> TextIO:
    """Take an advisory lock, which the system releases when this process ends."""
    file = path.open("a+", encoding="utf-8", errors="replace")
    file.seek(0)
    owner = file.read().strip() or "unknown"
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise UsageError(
            f"another run (process {owner}) uses {path.parent}; wait for it, stop it, or choose"
            " another folder with --out"
        ) from error
    if owner != "unknown" and not owner.isdecimal():
        file.close()
        raise UsageError(f"{path} was not written by cogitate, which needs that name: move it away")
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file
