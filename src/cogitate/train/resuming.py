"""What a run must have in common with the run that it goes on with, and where it may go on."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from cogitate.config import TrainConfig, differences
from cogitate.errors import UsageError
from cogitate.hardware import Machine, detect, has
from cogitate.runs.folder import RunFolder

_MOVABLE = (
    "run.device ", "sandbox.level ", "scale.samplers ", "scale.learners ", "scale.address ",
)  # fmt: skip
"""The settings that may differ."""


def need_resumable(
    config: TrainConfig, before: TrainConfig, folder: RunFolder, *, resume: bool
) -> None:
    """Refuse to resume unless that was asked for, with the settings of before.

    Raises:
        UsageError: names what differs.
    """
    if not resume:
        raise UsageError(
            f"there is a run in {folder.path} already: continue it with --resume, or choose another"
            " folder with --out"
        )
    if before.is_sharded != config.is_sharded:
        how = "with" if before.is_sharded else "without"
        same = "fsdp" if before.is_sharded else "local and scale.learners 1"
        raise UsageError(
            f"the run in {folder.path} was started {how} sharded weights, and its checkpoints have"
            f" their form: resume with run.learner {same}"
        )
    both = before.is_sharded and config.is_sharded  # by one process, or by several
    movable = (*_MOVABLE, "run.learner") if both else _MOVABLE
    changed = [d for d in differences(before, config) if not d.startswith(movable)]
    if changed:
        raise UsageError(
            f"the run in {folder.path} was started with other settings: {'; '.join(changed)}."
            " Resume with the same, or choose another folder with --out"
        )


def need_same_base(config: TrainConfig, before: str, now: str) -> None:
    """Refuse to resume from other weights: a checkpoint does not hold the frozen ones."""
    if before and before != now:
        raise UsageError(
            f"{config.model} has changed since this run began (its weights were {before}, now"
            f" {now}): restore that model, or start a new run in another folder with --out"
        )


def resumed(config: TrainConfig, recorded: Mapping[str, Any]) -> Machine:
    """Return the machine that a run began on, or this one if the run moves to another device.

    It moves if that is asked for, or if its device is not here, or is another GPU. What its numbers
    depend on moves with it: the dtype, its date and the speed by which deadlines are planned.
    """
    before, asked = Machine(**recorded), config.run.device
    stays = before.device == asked or (asked == "auto" and has(before.device))
    if stays and before.device == "cpu":
        return before
    now = detect(replace(config.run, device=before.device) if stays else config.run)
    if stays and now.processor == before.processor:
        return before
    return replace(
        now, dtype=before.dtype, today=before.today, tokens_per_s=before.tokens_per_s,
        usual_answer=before.usual_answer, prompt_s=before.prompt_s,
    )  # fmt: skip
