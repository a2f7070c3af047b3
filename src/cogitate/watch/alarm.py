"""Alarms, which rules raise."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any


class Level(IntEnum):
    """The effect of an alarm on the run."""

    NOTE = 1
    """It is logged."""
    WARN = 2
    """It is logged and shown."""
    ROLL_BACK = 3
    """The run returns to the last good checkpoint, with half the rate and other batches."""
    STOP = 4
    """The run stops."""

    def __str__(self) -> str:
        return self.name.lower().replace("_", " ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One problem, in words, with the numbers that show it.

    Example: Alarm(rule="grad_spike", level=Level.WARN, what="the gradient's norm is 31, 40 times
    that of the steps before", do="lower the rate if it happens again", evidence={"grad_norm": 31})
    """

    rule: str
    level: Level
    what: str
    do: str
    """What the user can do about it."""
    evidence: Mapping[str, float]
    repeatable: bool = True
    """False if measured times decided, so that a repetition may differ."""

    @property
    def line(self) -> str:
        """The alarm on one line."""
        return f"{self.rule}: {self.what}. {self.do}"

    def to_json(self) -> dict[str, Any]:
        """Return the alarm as JSON values, as in events.jsonl."""
        return {
            "rule": self.rule,
            "level": str(self.level),
            "line": self.line,
            "evidence": dict(self.evidence),
            "repeatable": self.repeatable,
        }


class Alarmed(Exception):
    """Raised by a step that must not be kept; the alarm's level decides what follows."""

    def __init__(self, alarm: Alarm) -> None:
        """Carry the alarm."""
        super().__init__(alarm.line)
        self.alarm = alarm
