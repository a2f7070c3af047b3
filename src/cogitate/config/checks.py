"""Invalid settings and unknown names are refused, by name."""

import difflib
import math
from collections.abc import Iterable

from cogitate.config.fields import RLConfig, ScaleConfig, TrainConfig
from cogitate.config.reading import leaves, to_json
from cogitate.errors import UsageError

MIN_VOCABULARY = 261
"""Vocabulary of a new model: 256 bytes and the five markers."""
_MAY_BE_NEGATIVE = ("seed",)
_SHARES = ("optim.warmup", "optim.decay", "pretrain.text_share", "pretrain.empty_thought_share",
           "cold_start.self_correction_share", "cold_start.empty_thought_share")  # fmt: skip


def check(config: TrainConfig) -> None:
    """Refuse invalid settings.

    Raises:
        UsageError: a value is invalid; names the field.
    """
    at_least_one = {
        **{f"{name}.items_per_step": p.items_per_step for name, p in config.supervised.items()},
        "drill.items_per_row": config.drill.items_per_row,
        "rl.groups_per_step": config.rl.groups_per_step,
        "rl.answer": config.rl.answer,
        "rl.updates_per_batch": config.rl.updates_per_batch,
        "scale.learners": config.scale.learners,
        "run.checkpoint_every": config.run.checkpoint_every,
        "run.eval_n": config.run.eval_n,
        "the steps of all phases": config.num_steps,
        "tasks": len(config.tasks),
    }
    for key, value in at_least_one.items():
        if value < 1:
            raise UsageError(f"{key}: at least 1 is needed, not {value}")
    for key, value in leaves(to_json(config), "").items():
        if key in _MAY_BE_NEGATIVE or isinstance(value, bool) or not isinstance(value, int | float):
            continue
        if not value >= 0:
            raise UsageError(f"{key}: 0 or more is needed, not {value}")
        if key in _SHARES and value > 1:
            raise UsageError(f"{key}: a share of at most 1 is needed, not {value}")
    if 0 < config.pretrain.vocabulary < MIN_VOCABULARY:
        raise UsageError(
            f"pretrain.vocabulary: at least {MIN_VOCABULARY}, for bytes and markers; or 0"
        )
    if not all(0 <= beta < 1 for beta in config.optim.betas):
        raise UsageError("optim.betas: two numbers from 0 to less than 1 are needed")
    _check_rl(config.rl)
    _check_scale(config.scale, config.rl)


def _check_rl(rl: RLConfig) -> None:
    if rl.group_size < 2:
        raise UsageError(
            f"rl.group_size: a group of {rl.group_size} has no rollouts to compare; use 2 or more"
        )
    if rl.temperature == 0:
        raise UsageError("rl.temperature: more than 0 is needed in training")
    if not 0 <= rl.shorter < 1:
        raise UsageError(f"rl.shorter: from 0 to below 1, not {rl.shorter}")
    if rl.shorter and (rl.anytime or not rl.think):
        raise UsageError("rl.shorter: it goes with thoughts (rl.think), and without rl.anytime")
    if rl.anytime and not rl.think:
        raise UsageError("rl.anytime: without a thought (rl.think) there is nothing to cut")
    if rl.budgets and not 0 <= min(rl.budgets) <= max(rl.budgets) <= rl.think:
        raise UsageError(f"rl.budgets: each is from 0 to rl.think, which is {rl.think}")
    if rl.deadlines_s and (rl.budgets or not all(0 < s < math.inf for s in rl.deadlines_s)):
        raise UsageError(
            "rl.deadlines_s: each is more than 0 seconds, and no rl.budgets beside them"
        )


def _check_scale(scale: ScaleConfig, rl: RLConfig) -> None:
    if not scale.samplers and (scale.learners > 1 or scale.address or scale.lead):
        raise UsageError(
            "scale.samplers: 1 or more, with scale.learners, scale.address or scale.lead"
        )
    if scale.lead and rl.objective != "cispo":
        raise UsageError(
            f"scale.lead {scale.lead}: rollouts are older than the weights that they update, which"
            f" rl.objective {rl.objective} does not correct; take --rl.objective cispo"
        )
    if scale.samplers and rl.deadlines_s:
        raise UsageError("rl.deadlines_s hangs on one machine's speed: not with scale.samplers")
    if rl.updates_per_batch > rl.groups_per_step:
        raise UsageError(
            f"rl.updates_per_batch: at most rl.groups_per_step, which is {rl.groups_per_step}"
        )


def need(key: str, name: str, known: Iterable[str]) -> None:
    """Refuse a name that a registry does not have.

    Raises:
        UsageError: the name is unknown; suggests the nearest known one.
    """
    if name not in (names := list(known)):
        near = difflib.get_close_matches(name, names, n=1)
        hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(names)}"
        raise UsageError(f"{key} {name!r} does not exist; {hint}")
