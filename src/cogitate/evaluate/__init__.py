"""Accuracy and thinking cost of any sampler on any family, with intervals.

`evaluate` is handed a sampler and makes none. Its results keep one record per question, so
that two models can be compared question by question: `difference(result, base)`.
"""

from cogitate.evaluate.compare import Difference, difference, pooled
from cogitate.evaluate.curve import Curve, Point, auto_budgets, trace
from cogitate.evaluate.deadlines import AtDeadline, at_deadline
from cogitate.evaluate.effort import Effort, effort, effort_against
from cogitate.evaluate.exam import Exam, evaluate, judge_again
from cogitate.evaluate.frontier import Frontier, find_frontier
from cogitate.evaluate.intervals import (
    Interval,
    difference_interval,
    mean_interval,
    share_interval,
)
from cogitate.evaluate.result import FamilyResult, Record, from_json, summarise

__all__ = [
    "AtDeadline",
    "Curve",
    "Difference",
    "Effort",
    "Exam",
    "FamilyResult",
    "Frontier",
    "Interval",
    "Point",
    "Record",
    "at_deadline",
    "auto_budgets",
    "difference",
    "difference_interval",
    "effort",
    "effort_against",
    "evaluate",
    "find_frontier",
    "from_json",
    "judge_again",
    "mean_interval",
    "pooled",
    "share_interval",
    "summarise",
    "trace",
]
