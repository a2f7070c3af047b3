"""The rules over held-out evaluations: what the rewards of training do not tell."""

from collections.abc import Iterator, Mapping, Sequence

from cogitate.config import WatchConfig
from cogitate.tasks.probes import run_probes
from cogitate.types import Family
from cogitate.watch.alarm import Alarm, Level

CONTROL = "control/"
"""Before the name of a family that is asked but not trained on."""
_IN_A_ROW = 2

Evaluation = Mapping[str, float]
"""`held_out`, `reward` (the mean of training's last steps) and `control/NAME` of each control."""


def judge_evaluations(seen: Sequence[Evaluation], limits: WatchConfig) -> Iterator[Alarm]:
    """Yield what the evaluations so far, oldest first, give cause for."""
    fall = limits.held_out_fall
    if not fall or len(seen) <= 1:
        return
    best = max(seen, key=lambda evaluation: evaluation["held_out"])
    recent = seen[-_IN_A_ROW:]
    if all(
        one is not best
        and one["held_out"] < best["held_out"] - fall
        and one.get("reward", 0.0) >= best.get("reward", 0.0)
        for one in recent
    ):
        low = recent[-1]["held_out"]
        yield Alarm(
            rule="held_out_fall",
            level=Level.ROLL_BACK,
            what=f"held-out accuracy fell from {best['held_out']:.0%} to {low:.0%}, twice in a row,"
            " while rewards in training did not",
            do="The reward is earned by something else than being right, or a few tasks are learned"
            " by heart: look at rollouts/, give more tasks",
            evidence={"best": best["held_out"], "now": low},
        )
    for name, value in recent[-1].items():
        before = seen[0].get(name, value)
        if name.startswith(CONTROL) and value < before - fall:
            yield Alarm(
                rule="forgetting",
                level=Level.WARN,
                what=f"{name.removeprefix(CONTROL)}, which is not trained on, fell from"
                f" {before:.0%} to {value:.0%}",
                do="Put it into the mixture, lower the rate, or train an adapter (optim.lora_rank)",
                evidence={"before": before, "now": value},
            )


def judge_verifier(family: Family) -> Alarm | None:
    """Return an alarm if the verifier rewards an answer that is always wrong, or not the right one.

    The same probes let a family in; that they still hold is what keeps a reward honest.
    """
    failed = [probe for probe in run_probes(family) if probe.failure]
    if not failed:
        return None
    return Alarm(
        rule="reward_canary",
        level=Level.STOP,
        what=f"{family.name}'s verifier fails a probe: {failed[0].name}: {failed[0].failure}",
        do="Mend it and start again from a checkpoint before this",
        evidence={},
    )
