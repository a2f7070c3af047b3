"""From which values on a rule fires: three presets, and overrides of single values by name.

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
    """What every rule compares with; 0 switches a rule off where nothing else is said.

    The defaults are the usual ones.

    Example: Thresholds(entropy_jump=5.0)
    """

    window: int = 10
    """Steps that the last three are compared with; 1 or more."""
    rollbacks: int = 3
    """Times that a run goes back to a checkpoint by itself before it stops; 0 stops at once."""
    no_signal_steps: int = 8
    """RL steps in a row without a group that carries signal, after which the run stops. At 0
    neither this nor `truncation_limit` stops a run, and none ends early because RL is mastered."""
    truncation_limit: float = 0.5
    """Share of rollouts cut off, over `no_signal_steps`, above which the run stops: 0 allows none,
    1 allows all."""
    entropy_floor: float = 0.001
    """Nats, over a whole window, below which a policy is taken to be certain of every token."""
    entropy_jump: float = 3.0
    """Ratio of entropy to what it was."""
    length_jump: float = 3.0
    """Ratio of the length of thoughts to what it was, in either direction, while rewards fall."""
    bad_share: float = 0.2
    """Share of the rollouts that loop, are malformed, cut off, in another script; three times as
    much of the right answers that their thoughts do not support."""
    verifier_failed: float = 0.05
    """Share of the rollouts on which the verifier itself fails."""
    effective_samples: float = 0.99
    """Share of the sampled tokens that count in effect where sampler and learner differ."""
    disagreement_growth: float = 4.0
    """Ratio of the difference between sampler and learner to that of the first steps."""
    step_kl: float = 0.02
    """Nats per token by which an update may move the policy."""
    grad_spike: float = 10.0
    """Ratio of the gradient's norm to what it was."""
    loss_jump: float = 3.0
    """Ratio of the loss to what it was, before RL."""
    slowdown: float = 3.0
    """Ratio of the seconds for the same number of tokens to what they were."""
    held_out_fall: float = 0.1
    """By how much held-out accuracy, or a control's, may fall."""


SHARES = ("truncation_limit", "bad_share", "verifier_failed", "effective_samples", "held_out_fall")

PRESETS: dict[str, Thresholds] = {
    "usual": Thresholds(),
    "strict": Thresholds(
        rollbacks=1, no_signal_steps=4, entropy_floor=0.002, entropy_jump=2.0, length_jump=2.0,
        bad_share=0.1, verifier_failed=0.01, effective_samples=0.995, disagreement_growth=2.0,
        step_kl=0.015, grad_spike=5.0, loss_jump=2.0, slowdown=2.0, held_out_fall=0.05,
    ),
    "off": Thresholds(
        rollbacks=0, no_signal_steps=0, truncation_limit=1.0, entropy_floor=0.0,
        entropy_jump=0.0, length_jump=0.0, bad_share=0.0, verifier_failed=0.0,
        effective_samples=0.0, disagreement_growth=0.0, step_kl=0.0, grad_spike=0.0,
        loss_jump=0.0, slowdown=0.0, held_out_fall=0.0,
    ),
}  # fmt: skip
"""`usual` is for runs that nobody looks at: it acts on what has clearly gone wrong.

`strict` is for runs that somebody looks at, or that cost much: limits are about half as far from
normal, so that a fault shows sooner and false alarms are more frequent, and a run goes back by
itself once only. The recipe `canary`, which learns in large steps from answers that are often cut
off, stays within them. Two are as usual: a shorter window would make the baseline noisier, and
a run that begins with many answers cut off may well learn to end them.

`off` leaves what is never a matter of degree: values that are not finite, sampler and learner that
disagree, and a verifier that rewards a wrong answer still stop a run."""


def resolve(config: WatchConfig) -> Thresholds:
    """Return the preset with the overrides.

    Raises:
        UsageError: names a threshold that does not exist or cannot have its value.
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
        least = 1 if name == "window" else 0
        raise UsageError(f"{where} is a whole number, {least} or more, not {value:g}")
    return int(value)
