"""What an update must not do to the weights: seen before it is made, so that it is not made."""

import math
from collections.abc import Mapping

from cogitate.watch.alarm import Alarm, Alarmed, Level

LOGPROB_LIMITS: dict[str, dict[str, float]] = {
    "fp32": {"logprob_diff_max": 1e-4},
    "bf16": {"logprob_diff_mean": 0.02, "logprob_diff_p99": 0.2},
}
"""Calibrated once for each dtype and never raised to let a run pass (DESIGN 6)."""

_CAUSES = {
    "fp32": "This is a bug in the engine or the learner, not a matter of settings",
    "bf16": "A policy that is still unsure of every token rounds so: give it a longer cold start,"
    " or start again with --run.dtype fp32, where only a bug can do this",
}


def check_finite(metrics: Mapping[str, float]) -> None:
    """Raise on any value that is not a number."""
    for name, value in metrics.items():
        if not math.isfinite(value):
            raise Alarmed(
                Alarm(
                    rule="non_finite",
                    level=Level.ROLL_BACK,
                    what=f"{name} is {value}: the numbers of an update overflowed",
                    do="A lower learning rate or a smaller optim.clip keeps them in bounds",
                    evidence={},
                )
            )


def check_agreement(metrics: Mapping[str, float], dtype: str, temperature: float = 1.0) -> None:
    """Raise where learner and sampler disagree on the log-probability of the sampled tokens.

    `dtype` is "fp32" or "bf16"; the limits are those of temperature 1, and a lower one makes
    rounding larger by as much. Metrics of data that no sampler wrote have no such values.
    """
    for name, limit in LOGPROB_LIMITS[dtype].items():
        value = metrics.get(name, 0.0) * min(1.0, temperature)
        if value > limit:
            raise Alarmed(
                Alarm(
                    rule="disagreement",
                    level=Level.STOP,
                    what=f"sampler and learner disagree: {name} is {value:.2g} where {dtype}"
                    f" allows {limit:g}; the gradient would not be that of what was sampled",
                    do=_CAUSES[dtype],
                    evidence={name: value, "limit": limit},
                )
            )
