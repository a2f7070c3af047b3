"""Whether RL has a learning signal, and if not, why."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cogitate.watch.alarm import Alarm, Level
from cogitate.watch.thresholds import Thresholds

MASTERED = 0.99
"""Mean return over the last steps from which the tasks are solved."""
_MANY = 0.5
"""Share of the rollouts that explains why groups have no signal."""


@dataclass(slots=True)
class Signal:
    """State over several RL steps, saved in the checkpoint.

    Example: Signal(steps_without=0, truncated=[0.02, 0.0], returns=[0.4, 0.5])
    """

    steps_without: int = 0
    """Steps in a row in which no group had signal."""
    truncated: list[float] = field(default_factory=list)
    """Share of truncated rollouts in each of the last steps."""
    returns: list[float] = field(default_factory=list)
    """Mean return of each of the last steps: the reward, less what long thoughts cost."""
    mastered: bool = False
    """Whether the tasks are solved, so that RL can end."""

    def observe(self, metrics: Mapping[str, float], limits: Thresholds) -> Alarm | None:
        """Add one RL step; return an alarm if the run should stop."""
        num = limits.no_signal_steps
        if not num:
            return None
        self.steps_without = 0 if metrics["groups_with_signal"] else self.steps_without + 1
        self.truncated = [*self.truncated, metrics["truncated"]][-num:]
        self.returns = [*self.returns, metrics["return"]][-num:]
        full = len(self.returns) == num
        cut_off = sum(self.truncated) / len(self.truncated)
        if full and limits.truncation_limit and cut_off > limits.truncation_limit:
            return Alarm(
                rule="cut_off",
                level=Level.STOP,
                what=f"{cut_off:.0%} of the rollouts of the last {num} steps were cut off before"
                " their end and scored 0",
                do="Raise rl.answer, or start from a model that ends its answers",
                evidence={"truncated": cut_off},
            )
        self.mastered = full and sum(self.returns) / num >= MASTERED
        if self.mastered or self.steps_without < num:
            return None
        what, do = diagnosis(metrics)
        return Alarm(
            rule="no_signal",
            level=Level.STOP,
            what=f"no group had both correct and wrong rollouts for {self.steps_without} steps"
            f" (mean reward {metrics['reward']:.2f}): {what}",
            do=do,
            evidence={"reward": metrics["reward"], "steps": float(self.steps_without)},
        )

    def to_json(self) -> dict[str, Any]:
        """Return the arguments for `Signal(**...)`."""
        return dataclasses.asdict(self)


def diagnosis(metrics: Mapping[str, float]) -> tuple[str, str]:
    """Return the probable cause of groups without signal, and advice.

    Example: diagnosis({"reward": 0.0, "truncated": 0.9, ...})[0] -> "most rollouts are cut off"
    """
    if metrics["verifier_failed"] == metrics["episodes"]:
        return (
            "the verifier failed on every rollout (events.jsonl has the reasons)",
            "cogitate tasks check tests the verifier",
        )
    if metrics["reward"] > _MANY:
        return "the tasks are too easy", "Use a higher level, or rl.levels adaptive"
    if metrics["truncated"] > _MANY:
        return "most rollouts are cut off, which scores 0", "Raise rl.answer"
    if metrics["thought_forced"] > _MANY:
        return (
            "most thoughts do not end within their budget",
            "Raise rl.think, or train on shorter thoughts in the cold start",
        )
    if metrics.get("malformed", 0.0) > _MANY:
        return (
            "most answers are empty or markup",
            "The model has not learned the answer format: use a longer cold start",
        )
    return (
        "the tasks are too hard, or the verifier accepts no answer",
        "Use a lower level, a longer cold start (it needs worked solutions) or a larger"
        " rl.group_size; cogitate tasks check tests the verifier",
    )
