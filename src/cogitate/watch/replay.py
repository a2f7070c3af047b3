"""Apply the rules to the records of a finished run."""

from collections.abc import Mapping, Sequence
from typing import Any

from cogitate.config import TrainConfig
from cogitate.watch.alarm import Alarm
from cogitate.watch.thresholds import resolve
from cogitate.watch.watch import Watch


def replay(config: TrainConfig, lines: Sequence[Mapping[str, Any]]) -> list[tuple[int, Alarm]]:
    """Return each alarm with its step, as if the run had been monitored.

    Args:
        config: of the run; it may have other thresholds.
        lines: of metrics.jsonl.
    """
    watch, found = Watch(resolve(config.watch)), list[tuple[int, Alarm]]()
    for line in lines:
        step, phase = line["step"], line["phase"]
        metrics = {name: value for name, value in line.items() if isinstance(value, int | float)}
        alarms = watch.evaluate(metrics) if phase == "held_out" else watch.observe(phase, metrics)
        found += [(step, alarm) for alarm in alarms]
    return found
