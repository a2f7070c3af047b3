"""Thresholds of the rules: three presets, and overrides by name.

resolve(WatchConfig())                                       -> PRESETS["usual"]
resolve(WatchConfig(thresholds={"entropy_jump": 5.0}))       -> the same with another jump
"""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass

from cogitate.config import WatchConfig, need
from cogitate.errors import UsageError


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """The thresholds of all rules; 0 switches a rule off unless stated otherwise.

    The defaults are the preset `usual`.

    Example: Thresholds(entropy_jump=5.0)
    """

    window: int = 10
    """Steps that the last three are compared with; 1 or more."""
    rollbacks: int = 3
    """Maximum number of automatic roll-backs before a run stops; 0 stops at once."""
    no_signal_steps: int = 8
    """RL steps in a row without a group with signal, after which the run stops. At 0 neither this
    nor `truncation_limit` stops a run, and RL does not end early when the tasks are solved."""
    truncation_limit: float = 0.5
    """Share of truncated rollouts, over `no_signal_steps`, above which the run stops."""
    entropy_floor: float = 0.001
    """Nats, over a whole window, below which the policy counts as certain of every token."""
    entropy_jump: float = 3.0
    """Ratio of entropy to its earlier value."""
    length_jump: float = 3.0
    """Ratio of thought length to its earlier value, in either direction, while rewards fall."""
    bad_share: float = 0.2
    """Share of the rollouts that loop, are malformed, truncated, or in another script; three times
    this for correct answers not derived in their thoughts."""
    verifier_failed: float = 0.05
    """Share of the rollouts on which the verifier fails."""
    effective_samples: float = 0.99
    """Minimum effective share of the sampled tokens, if sampler and learner differ."""
    disagreement_growth: float = 4.0
    """Ratio of the difference between sampler and learner to that of the first steps."""
    step_kl: float = 0.02
    """Maximum KL divergence of an update, in nats per token."""
    grad_spike: float = 10.0
    """Ratio of the gradient norm to its earlier value."""
    loss_jump: float = 3.0
    """Ratio of the loss to its earlier value, before RL."""
    slowdown: float = 3.0
    """Ratio of the time per token to its earlier value."""
    held_out_fall: float = 0.1
    """Maximum fall of held-out accuracy, also of a control."""


SHARES = ("truncation_limit", "bad_share", "verifier_failed", "effective_samples", "held_out_fall")

PRESETS: dict[str, Thresholds] = {
    "usual": Thresholds(),
    "strict": Thresholds(
        rollbacks=1, no_signal_steps=4, entropy_floor=0.002, entropy_jump=2.0, length_jump=2.0,
        bad_share=0.1, verifier_failed=0.01, effective_samples=0.995, disagreement_growth=2.0,
        step_kl=0.015, grad_spike=5.0, loss_jump=2.0, slowdown=2.0, held_out_fall=0.05,
    ),
    "off": Thresholds(
        rollbacks=0, no_signal_steps=0, truncation_limit=0.0, entropy_floor=0.0,
        entropy_jump=0.0, length_jump=0.0, bad_share=0.0, verifier_failed=0.0,
        effective_samples=0.0, disagreement_growth=0.0, step_kl=0.0, grad_spike=0.0,
        loss_jump=0.0, slowdown=0.0, held_out_fall=0.0,
    ),
}  # fmt: skip
"""`usual` is for unattended runs: it acts only on clear faults.

`strict` is for attended or expensive runs: limits are about half as far from normal values, so that
faults show sooner and false alarms are more frequent, and there is one automatic roll-back at most.
The recipe `canary`, which learns in large steps from answers that are often truncated, stays within
them. Two values are as in `usual`: a shorter window would make the baseline noisier, and a run that
begins with many truncated answers may still learn to end them.

With `off` a run still stops at values that are not finite, if sampler and learner disagree, or if a
verifier rewards a wrong answer."""


def resolve(config: WatchConfig) -> Thresholds:
    """Return the preset with the overrides.

    Raises:
        UsageError: a threshold does not exist, or its value is invalid; names it.
    """
    need("watch.preset", config.preset, PRESETS)
    preset = PRESETS[config.preset]
    return dataclasses.replace(preset, **_checked(config.thresholds))


def _checked(overrides: Mapping[str, float]) -> dict[str, float]:
    kinds = {field.name: field.type for field in dataclasses.fields(Thresholds)}
    return {name: _number(name, value, kinds) for name, value in overrides.items()}


def _number(name: str, value: float, kinds: Mapping[str, object]) -> float:
    need("watch.thresholds", name, kinds)
    where = f"watch.thresholds: {name}"
    if not 0 <= value < math.inf:
        raise UsageError(f"{where} is 0 or more, not {value:g}")
    if name in SHARES and value > 1:
        raise UsageError(f"{where} is a share of at most 1, not {value:g}")
    if kinds[name] is not int:
        return float(value)
    if value != int(value) or (name == "window" and value < 1):
        min_value = 1 if name == "window" else 0
        raise UsageError(f"{where} is a whole number, {min_value} or more, not {value:g}")
    return int(value)
