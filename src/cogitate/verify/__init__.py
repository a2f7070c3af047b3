"""Verify: an answer's text to a verdict.

    judge(family, task, "3") -> Verdict(reward=1.0, why="'3' is right")

`strict` is what training rewards, `lenient` is reported beside it, and `judge` never raises.
"""

from cogitate.verify.judge import judge
from cogitate.verify.lenient import lenient
from cogitate.verify.strict import strict

RULES = 3
"""Raised with every change of what is right: verdicts of before are then not taken for today's."""

__all__ = ["RULES", "judge", "lenient", "strict"]
