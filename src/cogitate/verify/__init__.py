"""Verify: an answer's text to a verdict.

    judge(family, task, "3") -> Verdict(reward=1.0, why="'3' is right")

`strict` is what training rewards, `lenient` is reported beside it, and `judge` never raises.
`judge_later` begins many verdicts at once, of which those that hang hold up no other.
"""

from cogitate.verify.judge import judge, judge_later
from cogitate.verify.lenient import lenient
from cogitate.verify.strict import strict

RULES = 3
"""Raised with every change of what is right: verdicts of before are then not taken for today's."""

__all__ = ["RULES", "judge", "judge_later", "lenient", "strict"]
