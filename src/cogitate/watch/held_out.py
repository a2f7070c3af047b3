"""The rules over held-out evaluations, which show what training rewards do not."""

import math
from collections.abc import Iterator, Mapping, Sequence

from cogitate.protocols import Family
from cogitate.tasks.probes import run_probes
from cogitate.watch.alarm import Alarm, Level
from cogitate.watch.thresholds import Thresholds

CONTROL = "control/"
"""Prefix of the name of a family that is evaluated but not trained on."""
HELD_OUT = ("held_out_fall", "held_out_collapse")
"""The rules whose alarms mean that an earlier model was better."""
_COLLAPSE = 3
"""Multiple of the allowed fall, and of the standard error, at which one evaluation is enough."""
_ERRORS = 2
"""Standard errors that a fall must exceed as well."""
_IN_A_ROW = 2
_PAID = 0.5
"""Share of a fall in held-out accuracy that rewards lose too if both have the same cause."""
_MOST_FAILED = 0.1
"""Share of the verdicts; where more have failed, accuracy is not compared."""

Evaluation = Mapping[str, float]
"""`held_out` accuracy, `held_out_questions` that were judged, `held_out_failed` that were not, in
RL `reward` (mean of the last steps), and `control/NAME` for each control."""


def is_comparable(evaluation: Evaluation) -> bool:
    """Return whether an evaluation has enough verdicts to be compared with others."""
    num_failed = evaluation.get("held_out_failed", 0.0)
    num_asked = num_failed + evaluation.get("held_out_questions", math.inf)
    return "held_out" in evaluation and num_failed <= _MOST_FAILED * num_asked


def judge_evaluations(seen: Sequence[Evaluation], limits: Thresholds) -> Iterator[Alarm]:
    """Yield the alarms for the evaluations so far, oldest first."""
    if limits.held_out_fall and len(seen) > 1:
        in_rl = [place for place, evaluation in enumerate(seen) if "reward" in evaluation]
        since = seen[max(0, in_rl[0] - 1) :] if in_rl else []
        yield from _collapse(since, limits.held_out_fall)
        yield from _held_out_fall([seen[place] for place in in_rl], limits.held_out_fall)
        yield from _forgetting(seen, limits.held_out_fall)


def _held_out_fall(seen: Sequence[Evaluation], fall: float) -> Iterator[Alarm]:
    """Compare the last evaluations of RL with the best one, and with the rewards at that time."""
    if len(seen) <= _IN_A_ROW:
        return
    best = max(seen, key=lambda evaluation: evaluation["held_out"])
    recent = seen[-_IN_A_ROW:]
    min_accuracy = best["held_out"] - max(fall, _ERRORS * _chance(best))

    def unpaid(one: Evaluation) -> bool:
        lost = best["held_out"] - one["held_out"]
        return one["held_out"] < min_accuracy and best["reward"] - one["reward"] < _PAID * lost

    if all(map(unpaid, recent)):
        low = recent[-1]["held_out"]
        yield Alarm(
            rule="held_out_fall",
            level=Level.ROLL_BACK,
            what=f"held-out accuracy fell from {best['held_out']:.0%} to {low:.0%}, twice in a row,"
            " while rewards in training hardly fell",
            do="The model earns rewards without correct answers, or memorises a few tasks: look at"
            " rollouts/, add more tasks",
            evidence={"best": best["held_out"], "now": low},
        )


def _collapse(seen: Sequence[Evaluation], fall: float) -> Iterator[Alarm]:
    """Compare the last evaluation with the best since RL began, ignoring rewards."""
    if len(seen) <= 1:
        return
    best, now = max(seen, key=lambda evaluation: evaluation["held_out"]), seen[-1]["held_out"]
    if now < best["held_out"] - _COLLAPSE * max(fall, _chance(best)):
        yield Alarm(
            rule="held_out_collapse",
            level=Level.ROLL_BACK,
            what=f"held-out accuracy fell from {best['held_out']:.0%} to {now:.0%}",
            do="The model is forgetting: lower rl.lr",
            evidence={"best": best["held_out"], "now": now},
        )


def _chance(evaluation: Evaluation) -> float:
    """Return the standard error of the difference between two evaluations of this size.

    One correct and one wrong answer are added, since a few correct answers may be chance.
    """
    share, num = evaluation["held_out"], evaluation.get("held_out_questions", math.inf)
    share = (share + 1 / num) / (1 + 2 / num)
    return math.sqrt(2 * share * (1 - share) / num)


def _forgetting(seen: Sequence[Evaluation], fall: float) -> Iterator[Alarm]:
    """Compare each control with its first value; alarm once, when it falls."""
    for name, now in seen[-1].items():
        first, last = seen[0].get(name, now), seen[-2].get(name, now)
        if name.startswith(CONTROL) and now < first - fall <= last:
            yield Alarm(
                rule="forgetting",
                level=Level.WARN,
                what=f"{name.removeprefix(CONTROL)}, which is not trained on, fell from"
                f" {first:.0%} to {now:.0%}",
                do="Add it to the mixture, lower the rate, or train an adapter (optim.lora_rank)",
                evidence={"before": first, "now": now},
            )


def judge_verifier(family: Family) -> Alarm | None:
    """Return an alarm if the verifier rewards an answer that is always wrong, or not the target.

    The family passed the same probes at the start; repeating them detects a changed verifier. A
    verifier that gives no verdict is ignored here, since it may only be slow.
    """
    failed = [probe for probe in run_probes(family) if probe.failure and probe.judged]
    if not failed:
        return None
    return Alarm(
        rule="reward_canary",
        level=Level.STOP,
        what=f"{family.name}'s verifier fails a probe: {failed[0].name}: {failed[0].failure}",
        do="Fix it and start again from an earlier checkpoint",
        evidence={},
    )
