"""Verify: from the text of an answer to a verdict.

    judge(family, task, "3") -> Verdict(reward=1.0, why="'3' is right")

`strict` decides the reward in training, `lenient` is reported beside it, and `judge` never raises.
`judge_later` begins many verdicts at once; one that hangs does not delay the others.
"""

from cogitate.verify.judge import judge, judge_later
from cogitate.verify.lenient import lenient
from cogitate.verify.strict import strict

RULES = 3
"""Version of the rules: raised when they change, so that older verdicts are not reused."""

__all__ = ["RULES", "judge", "judge_later", "lenient", "strict"]
