"""What a rule says when it has seen something."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any


class Level(IntEnum):
    """What an alarm makes of the run."""

    NOTE = 1
    """It is written down."""
    WARN = 2
    """It is shown as well."""
    ROLL_BACK = 3
    """The last good checkpoint is gone back to, and half the rate and other batches are taken."""
    STOP = 4

    def __str__(self) -> str:
        return self.name.lower().replace("_", " ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One thing that went wrong, in words, with the numbers that show it.

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
    """False where a clock decided, so that another run of it may differ."""

    @property
    def line(self) -> str:
        """The alarm on one line."""
        return f"{self.rule}: {self.what}. {self.do}"

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values, as events.jsonl has it."""
        return {
            "rule": self.rule,
            "level": str(self.level),
            "line": self.line,
            "evidence": dict(self.evidence),
            "repeatable": self.repeatable,
        }


class Alarmed(Exception):
    """Raised by a step that must not be kept; the run answers as its alarm's level says."""

    def __init__(self, alarm: Alarm) -> None:
        """Carry the alarm."""
        super().__init__(alarm.line)
        self.alarm = alarm
