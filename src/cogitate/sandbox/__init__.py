"""Sandbox: programs that a model wrote run here, and can neither cheat nor do harm.

    program and calls -> a fork of a bare interpreter, behind walls -> plain values -> compared here

The process that runs a program never sees what is expected of it: calls go in as JSON, values come
out as JSON, and the parent compares them, types included.
"""

from cogitate.sandbox.calls import (
    Call,
    Case,
    Checked,
    Execution,
    Limits,
    Outcome,
    Raised,
    Returned,
)
from cogitate.sandbox.levels import LEVELS, Level, level, need_level
from cogitate.sandbox.pool import Sandbox

__all__ = [
    "LEVELS",
    "Call",
    "Case",
    "Checked",
    "Execution",
    "Level",
    "Limits",
    "Outcome",
    "Raised",
    "Returned",
    "Sandbox",
    "level",
    "need_level",
]
