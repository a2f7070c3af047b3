"""All rules over one run, with their state."""

from collections.abc import Mapping, Sequence
from typing import Any

from cogitate.config.migrations import watched
from cogitate.watch.alarm import Alarm, Level
from cogitate.watch.held_out import Evaluation, is_comparable, judge_evaluations
from cogitate.watch.history import History
from cogitate.watch.rules import RULES
from cogitate.watch.signal import Signal
from cogitate.watch.thresholds import Thresholds

_WATCHED = (
    "reward", "entropy", "thought_tokens", "looping", "malformed", "foreign", "truncated",
    "verifier_failed", "episodes", "grad_norm", "loss", "effective_samples", "unsupported",
    "step_kl", "logprob_diff_mean", "tokens_per_s", "rollout_s", "verify_s", "update_s",
)  # fmt: skip
"""Metrics that rules use; checkpoints store no others."""
_NEW_RATE = 0.5
"""Factor of the learning rate after a roll-back."""


class Watch:
    """Judges each step and each evaluation of a run.

    Example: Watch(resolve(config.watch)).observe("rl", metrics) -> []
    """

    def __init__(self, limits: Thresholds) -> None:
        """Take the thresholds; the state is that of a new run."""
        self._limits = limits
        self._phase = ""
        self._seen = History(limits.window)
        self._signal = Signal()
        self._evaluations: list[Evaluation] = []
        self._quiet: dict[str, int] = {}
        self.rollbacks = 0

    @property
    def mastered(self) -> bool:
        """Whether the tasks of RL are solved."""
        return self._signal.mastered

    @property
    def rate(self) -> float:
        """Factor of learning rates, halved by each roll-back."""
        return _NEW_RATE**self.rollbacks

    @property
    def may_roll_back(self) -> bool:
        """Whether another roll-back is allowed."""
        return self.rollbacks < self._limits.rollbacks

    def observe(self, phase: str, metrics: Mapping[str, float]) -> list[Alarm]:
        """Add one step and return its alarms."""
        if phase != self._phase:
            self._phase = phase
            self._seen.restore({})
        self._seen.add({name: metrics[name] for name in _WATCHED if name in metrics})
        found = [rule.alarm(self._seen, self._limits) for rule in RULES]
        if phase == "rl":
            found.append(self._signal.observe(metrics, self._limits))
        return self._without_repeats([alarm for alarm in found if alarm is not None])

    def evaluate(self, metrics: Mapping[str, float]) -> list[Alarm]:
        """Add one held-out evaluation and return its alarms; without enough verdicts it is none."""
        if not is_comparable(metrics):
            return []
        reward = self._seen.now("reward")
        earned = {} if reward is None else {"reward": reward}
        self._evaluations.append({**metrics, **earned})
        return list(judge_evaluations(self._evaluations, self._limits))

    def to_json(self) -> dict[str, Any]:
        """Return the state for `restore`."""
        return {
            "phase": self._phase,
            "seen": self._seen.to_json(),
            "signal": self._signal.to_json(),
            "evaluations": list(map(dict, self._evaluations)),
            "quiet": dict(self._quiet),
            "rollbacks": self.rollbacks,
        }

    def restore(self, saved: Mapping[str, Any] | None) -> None:
        """Restore the state of a checkpoint; None for old checkpoints without one."""
        if saved is None:
            return
        saved = watched(saved)
        self._phase = saved["phase"]
        self._seen.restore(saved["seen"])
        self._signal = Signal(**saved["signal"])
        self._evaluations = list(saved["evaluations"])
        self._quiet = dict(saved["quiet"])
        self.rollbacks = saved["rollbacks"]

    def _without_repeats(self, alarms: Sequence[Alarm]) -> list[Alarm]:
        """Drop warnings that were already given within the window."""
        self._quiet = {rule: left - 1 for rule, left in self._quiet.items() if left > 1}
        kept = [a for a in alarms if a.level > Level.WARN or a.rule not in self._quiet]
        self._quiet |= {alarm.rule: self._limits.window for alarm in kept}
        return kept
