"""Monitoring of training: rules over the metrics of a run, each with advice.

    watch = Watch(resolve(config.watch))
    watch.observe(metrics)  -> [Alarm(rule="entropy_jump", level=Level.ROLL_BACK, ...)]

Rules are pure functions: the same metrics give the same alarms, so that a resumed run decides as
before. Rules over measured times may only warn.
"""

from cogitate.watch.alarm import Alarm, Alarmed, Level
from cogitate.watch.rules import RULES, Rule
from cogitate.watch.texts import text_metrics
from cogitate.watch.thresholds import PRESETS, Thresholds, resolve
from cogitate.watch.update import check_agreement, check_finite
from cogitate.watch.watch import Watch

__all__ = [
    "PRESETS",
    "RULES",
    "Alarm",
    "Alarmed",
    "Level",
    "Rule",
    "Thresholds",
    "Watch",
    "check_agreement",
    "check_finite",
    "resolve",
    "text_metrics",
]
