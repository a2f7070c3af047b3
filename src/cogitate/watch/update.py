"""Checks of an update before it is applied to the weights."""

import math
from collections.abc import Mapping

from cogitate.watch.alarm import Alarm, Alarmed, Level

LOGPROB_LIMITS: dict[str, dict[str, float]] = {
    "fp32": {"logprob_diff_max": 1e-4},
    "bf16": {"logprob_diff_mean": 0.02, "logprob_diff_p99": 0.2},
}
"""Nats; calibrated once for each dtype, and never raised to let a run pass (DESIGN 6)."""

_CAUSES = {
    "fp32": "This is a bug in the engine or the learner, not a wrong setting",
    "bf16": "A policy that is still uncertain of every token has such rounding errors: use a longer"
    " cold start, or start again with --run.dtype fp32, where only a bug can cause this",
}


def check_finite(metrics: Mapping[str, float]) -> None:
    """Raise `Alarmed` if a value is NaN or infinite."""
    for name, value in metrics.items():
        if not math.isfinite(value):
            raise Alarmed(
                Alarm(
                    rule="non_finite",
                    level=Level.ROLL_BACK,
                    what=f"{name} is {value}: the numbers of an update overflowed",
                    do="Lower the learning rate or optim.clip",
                    evidence={},
                )
            )


def check_agreement(metrics: Mapping[str, float], dtype: str, temperature: float = 1.0) -> None:
    """Raise `Alarmed` if learner and sampler disagree on log-probabilities of sampled tokens.

    `dtype` is "fp32" or "bf16". The limits are those of temperature 1; a lower one increases
    rounding errors in proportion. Metrics of data that was not sampled have no such values.
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
