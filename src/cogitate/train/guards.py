"""When a run stops itself, and what it says then.

Each check raises `TrainingStopped` with a diagnosis of one line. A stopped run leaves its last
checkpoint as it was: the update that would have spoiled the weights is not made.
"""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cogitate.config import RunConfig
from cogitate.errors import TrainingStopped

LOGPROB_LIMITS: dict[str, dict[str, float]] = {
    "fp32": {"logprob_diff_max": 1e-4},
    "bf16": {"logprob_diff_mean": 0.02, "logprob_diff_p99": 0.2},
}
"""Calibrated once for each dtype and never raised to let a run pass (DESIGN 6)."""

MASTERED = 0.99
"""Mean reward over the last steps from which there is nothing left to learn."""


def check_finite(metrics: Mapping[str, float]) -> None:
    """Stop on any value that is not a number."""
    for name, value in metrics.items():
        if not math.isfinite(value):
            raise TrainingStopped(
                f"{name} is {value}: the last update made the numbers overflow; go on from the"
                " last checkpoint with a lower learning rate or a smaller optim.clip"
            )


_CAUSES = {
    "fp32": "This is a bug in the engine or the learner, not a matter of settings",
    "bf16": "A policy that is still unsure of every token rounds so: give it a longer cold start,"
    " or start again with --run.dtype fp32, where only a bug can do this",
}


def check_agreement(metrics: Mapping[str, float], dtype: str) -> None:
    """Stop where learner and sampler disagree on the log-probability of the sampled tokens.

    `dtype` is "fp32" or "bf16". Metrics of data that no sampler wrote have no such values.
    """
    for name, limit in LOGPROB_LIMITS[dtype].items():
        value = metrics.get(name, 0.0)
        if value > limit:
            raise TrainingStopped(
                f"sampler and learner disagree: {name} is {value:.2g} where {dtype} allows"
                f" {limit:g}; the gradient would not be that of what was sampled. {_CAUSES[dtype]}"
            )


@dataclass(slots=True)
class Signal:
    """What has to be watched over several RL steps; it is kept in the checkpoint.

    Example: Signal(steps_without=0, truncated=[0.02, 0.0], rewards=[0.4, 0.5])
    """

    steps_without: int = 0
    """Steps in a row in which no group had signal."""
    truncated: list[float] = field(default_factory=list)
    """Share of cut-off rollouts in each of the last steps."""
    rewards: list[float] = field(default_factory=list)
    """Mean reward of each of the last steps."""

    def observe(self, metrics: Mapping[str, float], limits: RunConfig) -> bool:
        """Take in one RL step; return whether the tasks are mastered, so that RL can end.

        Raises:
            TrainingStopped: no signal, or too many rollouts cut off, for too long.
        """
        self.steps_without = 0 if metrics["groups_with_signal"] else self.steps_without + 1
        self.truncated = [*self.truncated, metrics["truncated"]][-limits.no_signal_steps :]
        self.rewards = [*self.rewards, metrics["reward"]][-limits.no_signal_steps :]
        share = sum(self.truncated) / len(self.truncated)
        if len(self.truncated) == limits.no_signal_steps and share > limits.truncation_limit:
            raise TrainingStopped(
                f"{share:.0%} of the rollouts of the last {len(self.truncated)} steps were cut off"
                " before their end and scored 0: raise rl.answer, or start from a model that ends"
                " its answers"
            )
        full = len(self.rewards) == limits.no_signal_steps
        if full and sum(self.rewards) / len(self.rewards) >= MASTERED:
            return True
        if self.steps_without < limits.no_signal_steps:
            return False
        if metrics["unjudged"] == metrics["rollouts"]:
            raise TrainingStopped(
                "the verifier failed on every rollout of the last step (events.jsonl says how):"
                " cogitate tasks check shows it on a few"
            )
        raise TrainingStopped(
            f"no group had both right and wrong rollouts for {self.steps_without} steps (mean"
            f" reward {metrics['reward']:.2f}), so there is nothing to learn from: take a lower"
            " level, a longer cold start (it needs worked solutions) or a larger rl.group_size"
        )

    def to_json(self) -> dict[str, Any]:
        """Return what `Signal(**...)` takes."""
        return dataclasses.asdict(self)
