"""Trackers, to which metrics go beside metrics.jsonl: one function per tracker.

To add one, write a function from (run folder, first step, configuration) to a `Tracker` and
register it in `TRACKERS`.
"""

import importlib.util
import sys
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Protocol

from cogitate.config import RunConfig, need
from cogitate.errors import UsageError
from cogitate.notices import say
from cogitate.runs.folder import read_config


class Tracker(Protocol):
    """Receives the metrics of each step."""

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Record the metrics of one step."""
        ...

    def close(self) -> None:
        """Flush; nothing is logged afterwards."""
        ...


_STEP = "train_step"
Open = Callable[[Path, int, Mapping[str, Any]], Tracker]


class TensorBoard:
    """Event files in `tb/`, by TensorBoard's own writer (no TensorFlow)."""

    def __init__(self, folder: Path, first_step: int) -> None:
        """Open the writer; what an interrupted run logged from `first_step` on is purged."""
        from torch.utils.tensorboard.writer import SummaryWriter

        self._writer = SummaryWriter(str(folder / "tb"), purge_step=first_step, flush_secs=10)

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Record the metrics of one step."""
        for name, value in metrics.items():
            self._writer.add_scalar(name, value, step)

    def close(self) -> None:
        """Flush the event file."""
        self._writer.close()


class RunOf:
    """A run of wandb or of trackio, which have the same interface."""

    def __init__(self, module: Any, settings: Mapping[str, Any], **run: str) -> None:
        """Start the run, or resume it if `run` names an existing one."""
        self._module = module
        module.init(project="cogitate", config=dict(settings), resume="allow", **run)

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Record the metrics of one step."""
        self._module.log(dict(metrics), step=step)

    def close(self) -> None:
        """End the run."""
        self._module.finish()


class Wandb(RunOf):
    """A run of wandb, which drops what it is given of earlier steps than its last.

    After a roll-back steps come again, so the step is a metric of its own.
    """

    def __init__(self, module: Any, settings: Mapping[str, Any], **run: str) -> None:
        """Start or resume the run, with `train_step` as the axis of its metrics."""
        super().__init__(module, settings, **run)
        module.define_metric(_STEP)
        module.define_metric("*", step_metric=_STEP)

    def log(self, step: int, metrics: Mapping[str, float]) -> None:
        """Record the metrics of one step."""
        self._module.log({**metrics, _STEP: step})


def open_tensorboard(folder: Path, first_step: int, _settings: Mapping[str, Any]) -> Tracker:
    """TensorBoard event files in the run folder."""
    return TensorBoard(folder, first_step)


def open_wandb(folder: Path, _first_step: int, settings: Mapping[str, Any]) -> Tracker:
    """Weights & Biases; needs `pip install cogitate[wandb]`."""
    import wandb  # pyright: ignore[reportMissingImports]

    name = _name(folder)
    return Wandb(wandb, settings, name=name, id=name)


def open_trackio(folder: Path, _first_step: int, settings: Mapping[str, Any]) -> Tracker:
    """Trackio; needs `pip install cogitate[trackio]`."""
    import trackio  # pyright: ignore[reportMissingImports]

    return RunOf(trackio, settings, name=_name(folder))


def _name(folder: Path) -> str:
    """Return a run's name: its folder's name and its id, or a hash of its path if it has none."""
    read = read_config(folder)
    known = read[1].get("id") if read else None
    return f"{folder.name}-{known or f'{zlib.crc32(str(folder.resolve()).encode()):08x}'}"


TRACKERS: dict[str, Open] = {
    "tensorboard": open_tensorboard,
    "wandb": open_wandb,
    "trackio": open_trackio,
}


def need_trackers(names: tuple[str, ...]) -> None:
    """Refuse a tracker that is unknown or not installed, before anything is written.

    Without TensorBoard, the default is no tracker, which is said.
    """
    for name in names:
        need("run.trackers", name, TRACKERS)
        if _is_installed(name):
            continue
        problem = f"{name} is not installed: pip install 'cogitate[{name}]'"
        if names != RunConfig().trackers:
            raise UsageError(problem)
        say(f"metrics go to metrics.jsonl alone; {problem}")


def open_trackers(
    names: tuple[str, ...], folder: Path, first_step: int, settings: Mapping[str, Any]
) -> list[Tracker]:
    """Open each tracker that is installed; `need_trackers` has checked them."""
    return [TRACKERS[name](folder, first_step, settings) for name in filter(_is_installed, names)]


def _is_installed(name: str) -> bool:
    return name in sys.modules or importlib.util.find_spec(name) is not None
